import { type IncomingHttpHeaders, request } from 'node:http';
import { createServer, request as requestTls } from 'node:https';
import type { AddressInfo } from 'node:net';
import { certificate, key } from './localhost-certificate.ts';

export type Tunnel = {
  port: number;
  /** The headers that came through, newest last. */
  seen: IncomingHttpHeaders[];
  /** A `fetch` for which the tunnel's public host leads here, as DNS does. Redirects are not followed. */
  fetch: typeof fetch;
  close(): Promise<void>;
};

/**
 * A second local proxy that stands for a tunnel: it ends TLS for the public host, tells the server what tunnels tell, and
 * passes everything else on as it comes.
 *
 * @param more headers that the tunnel sets, over the client's.
 * @param listenOn the port; 0 takes a free one.
 */
export async function startTunnel(
  publicOrigin: string,
  target: string,
  more: Record<string, string> = {},
  listenOn = 0,
): Promise<Tunnel> {
  const { hostname, port } = new URL(target);
  const publicHost = new URL(publicOrigin).host;
  const seen: IncomingHttpHeaders[] = [];
  const server = createServer({ key, cert: certificate }, (incoming, outgoing) => {
    const headers = {
      ...incoming.headers,
      'x-forwarded-for': '198.51.100.7',
      'x-forwarded-proto': 'https',
      'cf-connecting-ip': '198.51.100.7',
      ...more,
    };
    seen.push(headers);
    const { method, url: path } = incoming;
    const onward = request({ hostname, port, method, path, headers, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(listenOn, '127.0.0.1', resolve));
  const listening = (server.address() as AddressInfo).port;

  const throughTunnel: typeof fetch = async (input, init) => {
    const asked = new Request(input, init);
    const { host, pathname, search } = new URL(asked.url);
    if (host !== publicHost) return fetch(input, init);
    const body = Buffer.from(await asked.arrayBuffer());
    const { method } = asked;
    const headers = { ...Object.fromEntries(asked.headers), host };
    const options = { port: listening, path: pathname + search, method, headers, ca: certificate };
    return new Promise((resolve, reject) => {
      requestTls('https://localhost', { ...options, servername: 'localhost' }, (answer) => {
        const received = new Headers();
        for (let at = 0; at < answer.rawHeaders.length; at += 2)
          received.append(answer.rawHeaders[at] ?? '', answer.rawHeaders[at + 1] ?? '');
        const stream = new ReadableStream({
          start: (controller) => {
            answer.on('data', (chunk) => controller.enqueue(chunk));
            answer.on('end', () => controller.close());
            answer.on('error', (error) => controller.error(error));
          },
        });
        const status = answer.statusCode ?? 0;
        resolve(new Response([202, 204].includes(status) ? null : stream, { status, headers: received }));
      })
        .once('error', reject)
        .end(body);
    });
  };

  return {
    port: listening,
    seen,
    fetch: throughTunnel,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
