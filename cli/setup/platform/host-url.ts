import { isLoopback } from '../../doctor/loopback-host.ts';

/** The URL of a host that a platform names, with the port if it has one. There is no TLS on this machine. */
export function urlOfHost(host: string): string {
  const url = new URL(`https://${host}`);
  return `${isLoopback(url.hostname) ? 'http' : 'https'}://${url.host}`;
}
