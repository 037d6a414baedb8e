import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { certificate, key } from './localhost-certificate.ts';

/** What the site answers with; strings are sent as they are, everything else as JSON. */
export type Page = {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  /** Never answer. */
  hang?: boolean;
};

export type DocumentSite = {
  port: number;
  /** Pages by path; change them at any time. */
  pages: Map<string, Page>;
  /** Paths asked for, in order. */
  asked: string[];
  close(): Promise<void>;
};

/** An https site on loopback that serves client metadata documents; until it closes, this process trusts its certificate. */
export async function startDocumentSite(): Promise<DocumentSite> {
  const authorities = tls.getCACertificates('default');
  tls.setDefaultCACertificates([...authorities, certificate]);
  const pages: DocumentSite['pages'] = new Map();
  const asked: string[] = [];
  const server: Server = createServer({ key, cert: certificate }, (request, response) => {
    const path = request.url ?? '/';
    asked.push(path);
    const { status = 200, headers = {}, body = '', hang } = pages.get(path) ?? { status: 404 };
    if (hang) return;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    pages,
    asked,
    close: async () => {
      tls.setDefaultCACertificates(authorities);
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
