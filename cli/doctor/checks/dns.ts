import { lookup } from 'node:dns/promises';
import { BlockList, isIPv6 } from 'node:net';
import { type Check, problem } from '../check.ts';
import { isLoopback } from '../loopback-host.ts';
import { timeoutMsFor } from '../send.ts';

const privateAddresses = new BlockList();
for (const [network, prefix] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  privateAddresses.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  privateAddresses.addSubnet(network, prefix, 'ipv6');

/** Whether the host name resolves to addresses that hosted clients can reach. */
export const dns: Check = {
  id: 'dns',
  phase: 'Reach',
  title: 'The host name resolves',
  async run(examination) {
    const { hostname } = examination.url;
    if (isLoopback(hostname))
      return { detail: `${hostname} is this machine. Only clients that run here can connect.` };
    const addresses = await resolve(hostname.replace(/^\[|\]$/g, ''), timeoutMsFor(examination));
    if (typeof addresses === 'string') {
      examination.lost = 'the host name does not resolve';
      return problem('dns-not-found', `${hostname}: ${addresses}.`);
    }
    const shown = addresses.slice(0, 3).join(', ');
    const isPrivate = (each: string) => privateAddresses.check(each, isIPv6(each) ? 'ipv6' : 'ipv4');
    if (addresses.every(isPrivate)) return problem('dns-private-address', `${hostname} is ${shown}.`);
    return { detail: `${hostname} is ${shown}.` };
  },
};

/** The host's addresses, or the reason why there are none. */
async function resolve(hostname: string, timeoutMs: number): Promise<string[] | string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((done) => {
    timer = setTimeout(done, timeoutMs, 'the name server does not answer');
  });
  const found = lookup(hostname, { all: true }).then(
    (results) => results.map((result) => result.address),
    (error: NodeJS.ErrnoException) => error.code ?? 'not found',
  );
  return Promise.race([found, late]).finally(() => clearTimeout(timer));
}
