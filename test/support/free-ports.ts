import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * The first of six free ports in a row, as `npm start` takes them. They lie below the range from which systems
 * give ports to connections and to servers that ask for any, so nothing else takes them meanwhile.
 */
export async function freePorts(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 30_000);
    const servers = [0, 1, 2, 3, 4, 5].map((offset) => createServer().listen(port + offset, '127.0.0.1'));
    const held = await Promise.allSettled(servers.map((server) => once(server, 'listening')));
    for (const server of servers) if (server.listening) await once(server.close(), 'close');
    if (held.every(({ status }) => status === 'fulfilled')) return port;
  }
}
