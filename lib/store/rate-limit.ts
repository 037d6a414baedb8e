import { isIP } from 'node:net';
import { Ratelimit } from '@upstash/ratelimit';
import type { Redis } from '@upstash/redis';
import type { Config } from '../config.ts';
import type { Context } from '../http/endpoint.ts';
import { OAuthError } from '../http/errors.ts';
import { log } from '../log.ts';
import { rateLimitPrefix } from './keys.ts';
import { StoreUnavailable, withStore } from './redis.ts';

/**
 * Requests allowed a minute, from one address and in all. Hosted clients share few egress addresses between
 * all their users, so the limits per address are wide; they stop floods, not people. What a registration
 * costs at the tenant is bounded separately: `create` counts new Auth0 applications, in an hour, and `lookup` client
 * ids that only the tenant can know, which free tenants answer two of a second. `document` counts client documents
 * fetched for the first time: each is a request to a site of the caller's choice, and a copy in the store.
 */
const limits = {
  register: { address: 300, overall: 1200, window: '1 m' },
  authorize: { address: 300, overall: 3000, window: '1 m' },
  token: { address: 600, overall: 6000, window: '1 m' },
  bearer: { address: 300, overall: 6000, window: '1 m' },
  lookup: { address: 30, overall: 60, window: '1 m' },
  document: { address: 60, overall: 600, window: '1 m' },
  create: { address: 20, overall: 200, window: '1 h' },
} as const;

export type Limited = keyof typeof limits;

/** Longest wait for the store, in milliseconds: beyond it the request passes. */
const patience = 500;

/** Addresses over their limit, by when their window ends: they neither ask the store nor use up what is for all. */
type Blocked = Map<string, number>;
const mostBlocked = 10_000;

type Limiters = { address: Ratelimit; overall: Ratelimit; blocked: Blocked };

const limiters = new WeakMap<Config, Map<Limited, Limiters>>();

/**
 * Counts a request against its limits, per address and overall, in one round trip to the store; an address
 * that is over its limit is turned away from memory until its window ends. Without the store, everyone passes.
 *
 * @throws OAuthError `temporarily_unavailable`, status 429, with `Retry-After`.
 */
export async function limit(context: Context, request: Request, what: Limited): Promise<void> {
  const { config } = context;
  if (!config.store) return;
  const { address, overall, blocked } = limitersFor(config, what);
  const caller = addressOf(request);
  const blockedUntil = blocked.get(caller) ?? 0;
  if (blockedUntil > Date.now()) throw tooMany(what, blockedUntil);
  try {
    const [all, own] = await Promise.all([
      overall.limit('all'),
      isFree(what, caller) ? undefined : address.limit(caller),
    ]);
    if (all.reason === 'timeout') throw new StoreUnavailable('The store is slow.');
    if (own && !own.success) block(blocked, caller, own.reset);
    const exceeded = [own, all].find((result) => result?.success === false);
    if (exceeded) throw tooMany(what, exceeded.reset);
  } catch (error) {
    if (error instanceof OAuthError) throw error;
    log('warn', 'rate limit not checked', {
      what,
      reason: error instanceof Error ? error.message : undefined,
    });
  }
}

/** Trying many clients out on one's own machine is no flood, and on a deployment nobody comes from loopback. */
function isFree(what: Limited, caller: string): boolean {
  return what === 'create' && (caller === '127.0.0.1' || caller === '0:0:0:0::/64');
}

function block(blocked: Blocked, caller: string, until: number): void {
  if (blocked.size >= mostBlocked) blocked.clear();
  blocked.set(caller, until);
}

function tooMany(what: Limited, reset: number): OAuthError {
  const retryAfter = Math.max(1, Math.ceil((reset - Date.now()) / 1000));
  log('warn', 'rate limited', { what, retryAfter });
  return new OAuthError('temporarily_unavailable', 'Too many requests. Try again later.', {
    status: 429,
    retryAfter,
  });
}

/**
 * The caller's address: Vercel overwrites both headers, so neither can be chosen by a client there. An IPv6
 * caller counts as its /64, which is what one customer gets.
 */
export function addressOf(request: Request): string {
  const forwarded = request.headers.get('x-forwarded-for')?.split(',')[0];
  const address = (request.headers.get('x-real-ip') ?? forwarded ?? '')
    .trim()
    .replace(/^::ffff:(?=\d+\.)/i, '');
  switch (isIP(address)) {
    case 4:
      return address;
    case 6:
      return network64(address);
    default:
      return 'unknown';
  }
}

function network64(address: string): string {
  const [head = '', tail] = address.replace(/%.*/, '').toLowerCase().split('::');
  const groups = (part: string) => part.split(':').filter(Boolean);
  const leading = groups(head);
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - leading.length - groups(tail).length);
  const first = [...leading, ...Array<string>(zeros).fill('0'), ...groups(tail ?? '')].slice(0, 4);
  return `${first.map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`;
}

function limitersFor(config: Config, what: Limited): Limiters {
  let known = limiters.get(config);
  if (!known) {
    known = new Map();
    limiters.set(config, known);
  }
  let pair = known.get(what);
  if (!pair) {
    const { address, overall, window } = limits[what];
    const redis = scripts(config);
    const limiter = (prefix: string, tokens: number) =>
      new Ratelimit({
        redis,
        prefix: rateLimitPrefix(prefix),
        limiter: Ratelimit.slidingWindow(tokens, window),
        timeout: patience,
        ephemeralCache: false,
        enableTelemetry: false,
      });
    pair = {
      address: limiter(what, address),
      overall: limiter(`${what}:all`, overall),
      blocked: new Map(),
    };
    known.set(what, pair);
  }
  return pair;
}

/** What the rate limiter needs of the store, through its one door. */
function scripts(config: Config): Pick<Redis, 'evalsha' | 'eval' | 'get' | 'set'> {
  return {
    evalsha: (...call) => withStore(config, (redis) => redis.evalsha(...call)),
    eval: (...call) => withStore(config, (redis) => redis.eval(...call)),
    get: (...call) => withStore(config, (redis) => redis.get(...call)),
    set: (...call) => withStore(config, (redis) => redis.set(...call)),
  };
}
