import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { open, seal } from '../../sealing.ts';
import { sha256 } from '../../sha256.ts';
import { spentStateKey } from '../../store/keys.ts';
import { withStore } from '../../store/redis.ts';
import { isObject } from '../json-rpc.ts';
import type { RequestContext } from './request-context.ts';

/** How long a user has to answer. */
const lifetimeSeconds = 15 * 60;

/** What a `requestState` seals: the request it belongs to, and what the handler wants back. */
const sealedState = z.object({
  principalHash: z.string(),
  /** The request's fingerprint. */
  request: z.string(),
  id: z.string(),
  once: z.literal(true).optional(),
  state: z.unknown().optional(),
});
type SealedState = z.infer<typeof sealedState>;

/** What the handler gets back. */
export type OpenedState = { state: unknown };

/** The request that a state belongs to. */
export type StateSubject = { method: string; params: Record<string, unknown> };

type Binding = Pick<RequestContext, 'config' | 'principalHash'>;

/** What identifies a request for its state: method, name or URI, and arguments. */
function fingerprint({ method, params }: StateSubject): string {
  return sha256(
    JSON.stringify([method, params.name ?? params.uri ?? null, canonical(params.arguments ?? null)]),
  );
}

/** The same value with the keys of every object sorted, because a client may send them in another order. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, canonical(inner)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Seals a handler's state to this principal and this request. */
export function sealState(
  { config, principalHash }: Binding,
  subject: StateSubject,
  { state, once }: { state?: unknown; once?: boolean | undefined },
): string {
  const sealed: SealedState = {
    principalHash,
    request: fingerprint(subject),
    id: randomBytes(12).toString('base64url'),
    ...(once && { once }),
    state,
  };
  return seal(config, 'request-state', sealed, lifetimeSeconds);
}

/**
 * Opens what `sealState` made.
 *
 * @throws Error if it was made for another principal or request, expired, was tampered with, or is used a second time
 * although its answers count once. The message is for the log.
 */
export async function openState(
  { config, principalHash }: Binding,
  subject: StateSubject,
  sealed: string,
): Promise<OpenedState> {
  const opened = open(config, 'request-state', sealedState, sealed);
  if ('failure' in opened) throw new Error(`request state ${opened.failure}`);
  const { id, once, state } = opened.value;
  if (opened.value.principalHash !== principalHash) throw new Error('request state of another principal');
  if (opened.value.request !== fingerprint(subject)) throw new Error('request state of another request');
  if (once) {
    const first = await withStore(config, (redis) =>
      redis.set(spentStateKey(id), '1', { nx: true, ex: lifetimeSeconds }),
    );
    if (first === null) throw new Error('request state used again');
  }
  return { state };
}
