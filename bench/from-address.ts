import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Send } from '../test/support/browser-user.ts';

/**
 * Sends requests from an address of the loopback network, as one of many people does: the server limits what one
 * address may do. Redirects are not followed.
 */
export function fromAddress(localAddress: string): { send: Send; close(): void } {
  const agent = new Agent({ keepAlive: true, localAddress });
  const send: Send = async (url, init = {}) => {
    // A request of the platform's turns forms into bytes and names their type.
    const { method, headers, body } = new Request(url, init);
    const bytes = body ? Buffer.from(await new Response(body).arrayBuffer()) : undefined;
    return new Promise((resolve, reject) => {
      const target = new URL(url);
      // The server listens on this address; a name could be resolved to another one.
      target.hostname = '127.0.0.1';
      const outgoing = request(target, {
        agent,
        method,
        headers: { ...Object.fromEntries(headers), host: new URL(url).host },
      });
      outgoing.once('error', reject);
      outgoing.once('response', async (incoming) => {
        const answered = new Headers();
        for (const [name, values = []] of Object.entries(incoming.headersDistinct))
          for (const value of values) answered.append(name, value);
        try {
          resolve(
            new Response(await text(incoming), { status: incoming.statusCode ?? 500, headers: answered }),
          );
        } catch (error) {
          reject(error);
        }
      });
      outgoing.end(bytes);
    });
  };
  return { send, close: () => agent.destroy() };
}
