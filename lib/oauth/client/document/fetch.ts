import { lookup } from 'node:dns/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isPublicAddress } from '../../../http/public-address.ts';
import { documentLifetime } from './lifetime.ts';

/** For everything: resolving, connecting, reading. */
const timeoutMs = 3000;
/** Largest document that is read. */
const maxBytes = 5 * 1024;

/** Why there is no document. All but `unreachable` are the client's own doing. */
export type FetchFailure =
  | 'unreachable'
  | 'address-not-public'
  | 'port'
  | 'gone'
  | 'status'
  | 'content-type'
  | 'too-large'
  | 'not-json';

export type Fetched = { json: unknown; lifetimeSeconds: number } | { failure: FetchFailure; detail?: string };

export type FetchOptions = {
  /** Every address of a host name; the system's resolver unless given. */
  resolve?: (host: string) => Promise<{ address: string }[]>;
  /** Lets documents be fetched from this machine and network, at any port. */
  local?: boolean;
};

/**
 * Fetches a client metadata document, whose URL a stranger chose, without letting that reach anything inside
 * (SSRF): https alone, every address that the name resolves to checked, the connection made to those
 * addresses and no others, so that a second DNS answer changes nothing; no redirects; little time and size.
 */
export async function fetchDocument(url: URL, options: FetchOptions = {}): Promise<Fetched> {
  const { resolve = (host) => lookup(host, { all: true }), local = false } = options;
  if (url.port !== '' && !local) return { failure: 'port' };
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const found = isIP(host) ? [{ address: host }] : await before(signal, resolve(host));
    const addresses = found.map(({ address }) => address);
    if (addresses.length === 0) return { failure: 'unreachable', detail: 'no address' };
    if (!local && !addresses.every(isPublicAddress)) return { failure: 'address-not-public' };
    return await read(await get(url, pinned(addresses), signal), signal);
  } catch (error) {
    return { failure: 'unreachable', detail: error instanceof Error ? error.message : 'unknown' };
  }
}

/** A resolver that knows these addresses alone, whatever name it is asked for. */
function pinned(addresses: string[]): LookupFunction {
  const answers = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, options, answer) => {
    const [first] = answers;
    if (options.all) answer(null, answers);
    else if (first) answer(null, first.address, first.family);
  };
}

function get(url: URL, lookup: LookupFunction, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(url, {
      lookup,
      signal,
      // A connection of its own: a pooled one might lead to an address that was not checked now.
      agent: false,
      headers: {
        accept: 'application/json',
        'accept-encoding': 'identity',
        'user-agent': 'mcp-auth0-vercel',
      },
    })
      .once('response', resolve)
      .once('error', reject)
      // A site that switches protocols (101) gives neither a response nor an error, and no signal ends the wait.
      .once('close', () => reject(new Error('closed without a response')))
      .end();
  });
}

async function read(response: IncomingMessage, signal: AbortSignal): Promise<Fetched> {
  try {
    const { statusCode, headers } = response;
    if (statusCode === undefined || statusCode >= 500 || statusCode === 429)
      return { failure: 'unreachable', detail: `status ${statusCode}` };
    if (statusCode === 404 || statusCode === 410) return { failure: 'gone' };
    if (statusCode !== 200) return { failure: 'status', detail: String(statusCode) };
    if (!/^application\/(?:[\w.-]+\+)?json *(?:;|$)/i.test(headers['content-type'] ?? ''))
      return { failure: 'content-type' };
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of response) {
      signal.throwIfAborted();
      size += chunk.length;
      if (size > maxBytes) return { failure: 'too-large' };
      chunks.push(chunk);
    }
    const json = parse(Buffer.concat(chunks).toString('utf8'));
    return json === undefined
      ? { failure: 'not-json' }
      : { json, lifetimeSeconds: documentLifetime(headers) };
  } finally {
    response.destroy();
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function before<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const expired = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return Promise.race([work, expired]);
}
