import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { type Principal, principalHash } from '../../access-token/principal.ts';
import type { Config } from '../../config.ts';
import { open, seal } from '../../sealing.ts';
import { spentStateKey } from '../../store/keys.ts';
import { withStore } from '../../store/redis.ts';
import { isObject } from '../json-rpc.ts';

/** Seconds a user has to answer. */
const lifetime = 15 * 60;

/** What a `requestState` seals: which request it belongs to, and what the handler wants back. */
const sealedState = z.object({
  ph: z.string(),
  request: z.string(),
  id: z.string(),
  once: z.literal(true).optional(),
  state: z.unknown().optional(),
});
type SealedState = z.infer<typeof sealedState>;

/** What the handler gets back of it. */
export type OpenedState = { state: unknown };

/** A request's identity as far as the state is bound to it: method, name or URI, and arguments. */
function fingerprint(method: string, params: Record<string, unknown>): string {
  const bound = [method, params.name ?? params.uri ?? null, canonical(params.arguments ?? null)];
  return createHash('sha256').update(JSON.stringify(bound)).digest('base64url');
}

/** The same value with the keys of every object in order, because a client may send them in another one. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, canonical(inner)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Seals a handler's state to this principal and this request. */
export function sealState(
  config: Config,
  principal: Principal,
  method: string,
  params: Record<string, unknown>,
  { state, once }: { state?: unknown; once?: boolean },
): string {
  const sealed: SealedState = {
    ph: principalHash(config, principal),
    request: fingerprint(method, params),
    id: randomBytes(12).toString('base64url'),
    ...(once && { once }),
    ...(state !== undefined && { state }),
  };
  return seal(config, 'request-state', sealed, lifetime);
}

/**
 * Opens what `sealState` made.
 *
 * @throws Error when it was made for someone or something else, is too old, was tampered with, or is used again
 * although its answers count once; the message is for the log.
 */
export async function openState(
  config: Config,
  principal: Principal,
  method: string,
  params: Record<string, unknown>,
  sealed: string,
): Promise<OpenedState> {
  const opened = open(config, 'request-state', sealedState, sealed);
  if ('failure' in opened) throw new Error(`request state ${opened.failure}`);
  const { ph, request, id, once, state } = opened.value;
  if (ph !== principalHash(config, principal)) throw new Error('request state of another principal');
  if (request !== fingerprint(method, params)) throw new Error('request state of another request');
  if (once) {
    const first = await withStore(config, (redis) =>
      redis.set(spentStateKey(id), '1', { nx: true, ex: lifetime }),
    );
    if (first === null) throw new Error('request state used again');
  }
  return { state };
}
