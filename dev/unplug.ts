import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Takes a server off its port: its connections break, and new ones are refused, as if its machine were gone.
 *
 * @returns a function that listens on the same port again.
 */
export async function unplug(server: Server): Promise<() => Promise<void>> {
  const { port, address } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  return () =>
    new Promise((resolve, reject) => {
      server.once('error', reject).listen(port, address, resolve);
    });
}
