import { request as send } from 'node:http';

/**
 * A `fetch` for which public host names lead to a server on this machine, as DNS and the platform's edge would
 * have it: TLS ends before the server, which is told the host. Redirects are not followed.
 */
export function fetchFrom(server: string, hosts: readonly string[]): typeof fetch {
  const elsewhere = globalThis.fetch;
  return async (input, init) => {
    const request = new Request(input, init);
    const { host, pathname, search } = new URL(request.url);
    if (!hosts.includes(host)) return elsewhere(input, init);
    const { method } = request;
    const headers = { ...Object.fromEntries(request.headers), host };
    const body = Buffer.from(await request.arrayBuffer());
    return new Promise((resolve, reject) => {
      send(server + pathname + search, { method, headers }, async (incoming) => {
        const chunks: Buffer[] = [];
        for await (const chunk of incoming) chunks.push(chunk);
        const { statusCode: status = 0, rawHeaders } = incoming;
        const received = new Headers();
        for (let at = 0; at < rawHeaders.length; at += 2)
          received.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '');
        const content = status === 204 ? null : Buffer.concat(chunks);
        resolve(new Response(content, { status, headers: received }));
      })
        .once('error', reject)
        .end(body);
    });
  };
}
