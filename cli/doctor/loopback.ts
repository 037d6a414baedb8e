import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A redirect URI on this machine, as native clients use (RFC 8252 section 7.3). */
export type Loopback = {
  redirectUri: string;
  /** The parameters of the first authorization response. Undefined if none arrives in time. */
  response(timeoutMs: number): Promise<URLSearchParams | undefined>;
  close(): Promise<void>;
};

const page = (text: string) => `<!doctype html><meta charset="utf-8"><title>MCP doctor</title><p>${text}</p>`;

/** Listens on a free port of 127.0.0.1 for the browser's return from the sign-in. */
export async function listenForResponse(): Promise<Loopback> {
  const { promise, resolve } = Promise.withResolvers<URLSearchParams>();
  const server = createServer((request, answer) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const isResponse =
      url.pathname === '/callback' && (url.searchParams.has('code') || url.searchParams.has('error'));
    answer.writeHead(isResponse ? 200 : 404, {
      'content-type': 'text/html; charset=utf-8',
      connection: 'close',
    });
    answer.end(page(isResponse ? 'The doctor has the response. You can close this tab.' : 'Not found.'));
    if (isResponse) resolve(url.searchParams);
  });
  await new Promise<void>((done, failed) => server.once('error', failed).listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    redirectUri: `http://127.0.0.1:${port}/callback`,
    response: (timeoutMs) => {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<undefined>((done) => {
        timer = setTimeout(done, timeoutMs, undefined);
      });
      return Promise.race([promise, late]).finally(() => clearTimeout(timer));
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
