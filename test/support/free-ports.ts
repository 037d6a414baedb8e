import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** The first of three free ports in a row, as `npm start` takes them. */
export async function freePorts(): Promise<number> {
  for (;;) {
    const first = createServer().listen(0, '127.0.0.1');
    await once(first, 'listening');
    const { port } = first.address() as AddressInfo;
    const others = [1, 2].map((offset) => createServer().listen(port + offset, '127.0.0.1'));
    const held = await Promise.allSettled(others.map((server) => once(server, 'listening')));
    for (const server of [first, ...others]) if (server.listening) await once(server.close(), 'close');
    if (held.every(({ status }) => status === 'fulfilled')) return port;
  }
}
