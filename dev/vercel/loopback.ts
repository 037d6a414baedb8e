import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A port held on this machine's loopback addresses. Requests wait until `serve` is called. */
export type Loopback = { port: number; serve(listener: RequestListener): void; close(): Promise<void> };

/** Room for the longest URL and headers that Vercel takes, and for some more that is refused with its own error. */
const maxHeaderSize = 64 * 1024;

/**
 * Listens on 127.0.0.1 and ::1: `localhost` reaches this server whichever address a client tries first, and nobody
 * else on the network can reach it.
 *
 * @param port 0 takes a free one. Rejects with `EADDRINUSE` if the port is in use on either address.
 */
export async function listenOnLoopback(port: number): Promise<Loopback> {
  const listener = Promise.withResolvers<RequestListener>();
  const create = () =>
    createServer({ maxHeaderSize }, (request, response) => {
      listener.promise.then((serve) => serve(request, response));
    });
  const servers = await listenOnBoth(create, port);
  return {
    port: portOf(servers[0]),
    serve: listener.resolve,
    close: async () => {
      await Promise.all(servers.map(closeServer));
    },
  };
}

async function listenOnBoth(create: () => Server, port: number): Promise<[Server, ...Server[]]> {
  for (let attempt = 1; ; attempt += 1) {
    const ipv4 = create();
    await listen(ipv4, port, '127.0.0.1');
    const ipv6 = create();
    try {
      await listen(ipv6, portOf(ipv4), '::1');
      return [ipv4, ipv6];
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') return [ipv4];
      await closeServer(ipv4);
      const freePortWasHalfTaken = code === 'EADDRINUSE' && port === 0 && attempt < 5;
      if (!freePortWasHalfTaken) throw error;
    }
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, ipv6Only: host === '::1' }, () => resolve());
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
