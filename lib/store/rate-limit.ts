import { isIP } from 'node:net';
import { BoundedMap } from '../bounded-map.ts';
import type { Config } from '../config.ts';
import type { Context } from '../http/endpoint.ts';
import { OAuthError } from '../http/errors.ts';
import { errorFields, log } from '../log.ts';
import { perConfig } from '../per-config.ts';
import { rateLimitKey } from './keys.ts';
import { inBatch, readInBatch } from './redis.ts';

const minute = 60_000;
const hour = 60 * minute;

type Limit = {
  windowMs: number;
  /** Requests of one address per window. */
  perAddress: number;
  /** Requests of everybody per window. Only for what costs the tenant or other sites something. */
  overall?: number;
};

/**
 * Hosted clients share few egress addresses between all their users, so the limits per address are wide: they stop
 * floods, not people. Nothing that a known client or a valid token does is counted over everybody, or a handful of
 * addresses could shut the door for all. `machine` counts tokens for machine clients, whose secrets the tenant checks, `create` counts new Auth0 applications, `lookup` client ids that only the
 * tenant can know (free tenants answer two requests a second), and `document` client documents fetched for the first time.
 */
const limits = {
  register: { windowMs: minute, perAddress: 300 },
  authorize: { windowMs: minute, perAddress: 300 },
  token: { windowMs: minute, perAddress: 600 },
  machine: { windowMs: minute, perAddress: 60 },
  lookup: { windowMs: minute, perAddress: 30, overall: 60 },
  document: { windowMs: minute, perAddress: 60, overall: 600 },
  create: { windowMs: hour, perAddress: 20, overall: 200 },
} satisfies Record<string, Limit>;

export type Limited = keyof typeof limits;

/** Addresses over their limit, and when that ends: they neither ask the store nor use up what is for everybody. */
const blockedAddresses = perConfig(() => new BoundedMap<string, number>(10_000));

/**
 * Counts a request only if every limit allows it, so that an address which is over its own limit uses up nothing that is for
 * everybody. KEYS: current and previous counter of each limit. ARGV: window and time within it in milliseconds, then each maximum.
 * Returns the index of the limit that is exceeded, 0 if none is.
 */
const countScript = `
local window, elapsed = tonumber(ARGV[1]), tonumber(ARGV[2])
local counts = redis.call('MGET', unpack(KEYS))
for index = 1, #KEYS / 2 do
  local current, previous = tonumber(counts[2 * index - 1] or 0), tonumber(counts[2 * index] or 0)
  if current + previous * (1 - elapsed / window) > tonumber(ARGV[2 + index]) - 1 then return index end
end
for index = 1, #KEYS / 2 do
  if redis.call('INCR', KEYS[2 * index - 1]) == 1 then redis.call('PEXPIRE', KEYS[2 * index - 1], 2 * window) end
end
return 0
`;

/**
 * Does work whose requests are limited. Counting shares a round trip with what the work reads first (`inBatch`), and an
 * address that is known to be over its limit costs nothing.
 *
 * @throws OAuthError `temporarily_unavailable`, status 429, with `Retry-After`.
 */
export async function limited<T>(
  context: Context,
  request: Request,
  what: Limited,
  work: () => Promise<T>,
): Promise<T> {
  refuseBlocked(context, what, addressOf(request));
  const [, outcome] = await Promise.all([limit(context, request, what), work()]);
  return outcome;
}

function refuseBlocked({ config }: Context, what: Limited, caller: string): void {
  const remainingMs = (blockedAddresses(config).get(`${what} ${caller}`) ?? 0) - Date.now();
  if (remainingMs > 0) throw tooMany(what, remainingMs);
}

/**
 * Counts a request against its limits: sliding windows over two fixed ones, in which what is left of the previous window counts
 * in proportion. Shares a round trip with the reads that are asked for in the same turn (`inBatch`). Without the store,
 * everyone passes.
 *
 * @throws OAuthError `temporarily_unavailable`, status 429, with `Retry-After`.
 */
export async function limit(context: Context, request: Request, what: Limited): Promise<void> {
  const { config } = context;
  if (!config.store) return;
  const { windowMs, perAddress, overall }: Limit = limits[what];
  const caller = addressOf(request);
  const now = Date.now();
  refuseBlocked(context, what, caller);

  const counted = isUncounted(what, caller) ? [] : [{ who: caller, most: perAddress }];
  if (overall !== undefined) counted.push({ who: 'all', most: overall });
  const window = { lengthMs: windowMs, number: Math.floor(now / windowMs), elapsedMs: now % windowMs };
  let over: Counted | undefined;
  try {
    over = await (overall === undefined ? countOne : countEach)(config, what, counted, window);
  } catch (error) {
    log('warn', 'rate limit not checked', { what, ...errorFields(error) });
    return;
  }
  if (!over) return;
  const remainingMs = windowMs - window.elapsedMs;
  if (over.who === caller) blockedAddresses(config).set(`${what} ${caller}`, now + remainingMs);
  throw tooMany(what, remainingMs);
}

type Counted = { who: string; most: number };
type Window = { lengthMs: number; number: number; elapsedMs: number };

/** Counts against several limits, in one script. Returns the one that is exceeded. */
async function countEach(
  config: Config,
  what: Limited,
  counted: Counted[],
  { lengthMs, number, elapsedMs }: Window,
): Promise<Counted | undefined> {
  const keys = counted.flatMap(({ who }) => [number, number - 1].map((n) => rateLimitKey(what, who, n)));
  const args = [lengthMs, elapsedMs, ...counted.map(({ most }) => most)];
  const [exceeded] = await inBatch<[number]>(config, (pipeline) => pipeline.eval(countScript, keys, args));
  return counted[exceeded - 1];
}

/** Counts against one limit, which needs no script: fewer commands. A request that is refused counts too. */
async function countOne(
  config: Config,
  what: Limited,
  [counted]: Counted[],
  { lengthMs, number, elapsedMs }: Window,
): Promise<Counted | undefined> {
  if (!counted) return undefined;
  const key = rateLimitKey(what, counted.who, number);
  const [[current], [previous]] = await Promise.all([
    inBatch<[number, number]>(config, (pipeline) => pipeline.incr(key).expire(key, (2 * lengthMs) / 1000)),
    readInBatch(config, rateLimitKey(what, counted.who, number - 1)),
  ]);
  const before = Number(previous ?? 0) * (1 - elapsedMs / lengthMs);
  return current + before > counted.most ? counted : undefined;
}

/** Trying many clients out on your own machine is no flood, and on a deployment nobody comes from loopback. */
function isUncounted(what: Limited, caller: string): boolean {
  return what === 'create' && (caller === '127.0.0.1' || caller === '0:0:0:0::/64');
}

function tooMany(what: Limited, remainingMs: number): OAuthError {
  const retryAfterSeconds = Math.max(1, Math.ceil(remainingMs / 1000));
  log('warn', 'rate limited', { what, retryAfterSeconds });
  return new OAuthError('temporarily_unavailable', 'Too many requests. Try again later.', {
    status: 429,
    retryAfterSeconds,
  });
}

/**
 * The caller's address. Vercel overwrites both headers, so a client cannot choose either there. An IPv6 caller counts
 * as its /64, which is what one customer gets.
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
