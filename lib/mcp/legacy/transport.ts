import {
  isJSONRPCRequest,
  type JSONRPCMessage,
  type TransportSendOptions,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';
import { errorCodes, type Message, noteError, type RequestId } from '../json-rpc.ts';
import type { Session } from './session.ts';
import { type Invocation, type InvocationOptions, startInvocation } from './streams/invocation.ts';
import { retryMs } from './streams/sse.ts';
import { toWire } from './streams/wire-ids.ts';

/**
 * The SDK's stateless transport for one HTTP request, with what a session adds. The session's `initialize` and log level
 * are replayed into the server, which then knows the client as if it had served it from the start. What the server asks
 * the client can be answered at another instance.
 */
export class SessionTransport extends WebStandardStreamableHTTPServerTransport {
  readonly #replays = new Map<string, () => void>();
  readonly #invocation: Invocation | undefined;
  readonly #requestId: RequestId | undefined;

  private constructor(invocation?: Invocation, requestId?: RequestId) {
    super({
      sessionIdGenerator: undefined,
      retryInterval: retryMs,
      ...(invocation && { eventStore: invocation.eventStore }),
    });
    this.#invocation = invocation;
    this.#requestId = requestId;
  }

  /** A transport for a message that is not a call, or for a batch. Nothing of it outlives the connection. */
  static plain(): SessionTransport {
    return new SessionTransport();
  }

  /** A transport for one call. */
  static forCall(
    options: Omit<InvocationOptions, 'onMessage' | 'onCancelled' | 'onDeadline'>,
  ): SessionTransport {
    const { requestId } = options;
    const invocation = startInvocation({
      ...options,
      onMessage: (message) => transport.onmessage?.(message as JSONRPCMessage),
      onCancelled: () => transport.closeSSEStream(requestId),
      onDeadline: () => void transport.#timeOut(requestId),
    });
    const transport = new SessionTransport(invocation, requestId);
    return transport;
  }

  /** Brings a connected server to the session's state. */
  async restore({ initialize, logLevel }: Session): Promise<void> {
    await this.#replay('initialize', initialize);
    if (logLevel !== undefined) await this.#replay('logging/setLevel', { level: logLevel });
  }

  /** The SDK's response, as a stream that a client can resume. */
  override async handleRequest(
    ...request: Parameters<WebStandardStreamableHTTPServerTransport['handleRequest']>
  ): Promise<Response> {
    const response = await super.handleRequest(...request);
    return this.#invocation?.watch(response) ?? response;
  }

  override async send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    noteError(message);
    const replayed = 'method' in message ? undefined : this.#replays.get(String(message.id));
    if (replayed) return replayed();
    if (isJSONRPCRequest(message)) {
      if (!this.#invocation) throw new Error('The client can only be asked in a call of its own');
      await this.#invocation.expectAnswer(Number(message.id));
    }
    // A message that relates to no request would go to the standing stream, which belongs to another request.
    const relatedRequestId = options?.relatedRequestId ?? this.#requestId;
    const addressed = this.#invocation ? toWire(this.#invocation.id, message as Message) : message;
    return super.send(addressed as JSONRPCMessage, {
      ...options,
      ...(relatedRequestId !== undefined && { relatedRequestId }),
    });
  }

  #replay(method: string, params: Record<string, unknown>): Promise<void> {
    const id = crypto.randomUUID();
    return new Promise((resolve) => {
      this.#replays.set(id, resolve);
      this.onmessage?.({ jsonrpc: '2.0', id, method, params });
    });
  }

  /** Sends the client an error while there is time, and tells the handler to stop. */
  async #timeOut(id: RequestId): Promise<void> {
    const error = {
      code: errorCodes.requestTimeout,
      message: 'Request timed out: the server stopped it at its time limit',
    };
    await this.send({ jsonrpc: '2.0', id, error }).catch(() => {});
    await this.close();
  }
}
