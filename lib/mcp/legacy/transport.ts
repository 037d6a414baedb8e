import {
  isJSONRPCRequest,
  type JSONRPCMessage,
  type TransportSendOptions,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';
import { errorCodes, type Message, noteError, type RequestId } from '../json-rpc.ts';
import type { SessionData } from './session.ts';
import { type Invocation, type InvocationOptions, startInvocation } from './streams/invocation.ts';
import { toWire } from './streams/wire-ids.ts';

/** Milliseconds until a client that lost its stream should ask again. */
export const retryInterval = 1_000;

/**
 * The SDK's stateless transport for one HTTP request, with what a session adds: its `initialize` and log level
 * are replayed into the server, which then knows the client as if it had been there from the start; and what the
 * server asks the client may be answered at another instance.
 */
export class SessionTransport extends WebStandardStreamableHTTPServerTransport {
  readonly #replays = new Map<string, () => void>();
  readonly #invocation: Invocation | undefined;
  readonly #serving: RequestId | undefined;

  private constructor(invocation?: Invocation, serving?: RequestId) {
    super({
      sessionIdGenerator: undefined,
      retryInterval,
      ...(invocation && { eventStore: invocation.eventStore }),
    });
    this.#invocation = invocation;
    this.#serving = serving;
  }

  /** A transport for a message that is not a call, or for a batch: nothing of it outlives the connection. */
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
      onDeadline: () => void transport.#giveUp(requestId),
    });
    const transport = new SessionTransport(invocation, requestId);
    return transport;
  }

  /** Makes a connected server what it was when the session was opened. */
  async restore({ initialize, logLevel }: SessionData): Promise<void> {
    await this.#replay('initialize', initialize);
    if (logLevel !== undefined) await this.#replay('logging/setLevel', { level: logLevel });
  }

  /** The SDK's answer, from where a client that loses it can take it up again. */
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
    // What relates to nothing would go to the standing stream, which another request holds, if any does.
    const relatedRequestId = options?.relatedRequestId ?? this.#serving;
    const wired = this.#invocation ? toWire(this.#invocation.id, message as Message) : message;
    return super.send(wired as JSONRPCMessage, {
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

  /** The client gets an error while there is time, and the handler a signal to stop. */
  async #giveUp(id: RequestId): Promise<void> {
    const error = {
      code: errorCodes.requestTimeout,
      message: 'Request timed out: the server stopped it at its time limit',
    };
    await this.send({ jsonrpc: '2.0', id, error }).catch(() => {});
    await this.close();
  }
}
