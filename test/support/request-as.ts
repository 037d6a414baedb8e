import { request as send } from 'node:http';

/** A GET whose `Host` and other headers are the caller's choice, as `fetch` does not allow. */
export function getAs(url: string, headers: Record<string, string>): Promise<Response> {
  return new Promise((resolve, reject) => {
    send(url, { headers }, async (incoming) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk);
      const received = new Headers();
      for (let at = 0; at < incoming.rawHeaders.length; at += 2)
        received.append(incoming.rawHeaders[at] ?? '', incoming.rawHeaders[at + 1] ?? '');
      resolve(new Response(Buffer.concat(chunks), { status: incoming.statusCode, headers: received }));
    })
      .once('error', reject)
      .end();
  });
}
