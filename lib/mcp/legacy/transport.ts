import {
  type JSONRPCMessage,
  type TransportSendOptions,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';
import type { SessionData } from './session.ts';

/**
 * The SDK's stateless transport for one request, with what a session adds: its `initialize` and log level are
 * replayed into the server, which then knows the client as if it had been there from the start.
 */
export class SessionTransport extends WebStandardStreamableHTTPServerTransport {
  readonly #replays = new Map<string, () => void>();

  constructor() {
    super({ sessionIdGenerator: undefined });
  }

  /** Makes a connected server what it was when the session was opened. */
  async restore({ initialize, logLevel }: SessionData): Promise<void> {
    await this.#replay('initialize', initialize);
    if (logLevel !== undefined) await this.#replay('logging/setLevel', { level: logLevel });
  }

  override async send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    const answered =
      'id' in message && !('method' in message) ? this.#replays.get(String(message.id)) : undefined;
    if (answered) return answered();
    return super.send(message, options);
  }

  #replay(method: string, params: Record<string, unknown>): Promise<void> {
    const id = crypto.randomUUID();
    return new Promise((resolve) => {
      this.#replays.set(id, resolve);
      this.onmessage?.({ jsonrpc: '2.0', id, method, params });
    });
  }
}
