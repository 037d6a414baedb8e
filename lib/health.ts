import { ask } from './ask.ts';
import type { Config } from './config.ts';
import { errorFields, log, timed } from './log.ts';
import { perConfig } from './per-config.ts';
import { withStore } from './store/redis.ts';

/** Milliseconds for one check, and for which its outcome is reused, so that `/health` stays cheap under load. */
const checkTimeoutMs = 2000;
const reuseMs = 10_000;

export type Reachability = 'reachable' | 'unreachable' | 'not configured';

export type Check = { state: Reachability; ms: number };

export type Health = { store: Check; tenant: Check };

const recent = perConfig((): { checkedAtMs: number; health?: Promise<Health> } => ({ checkedAtMs: 0 }));

/** Whether the store and the tenant answer, asked at most once in ten seconds and instance. Never throws. */
export function checkHealth(config: Config): Promise<Health> {
  const last = recent(config);
  if (last.health && Date.now() - last.checkedAtMs < reuseMs) return last.health;
  last.checkedAtMs = Date.now();
  last.health = Promise.all([
    checkStore(config),
    check('tenant', config.oauth && fetchKeys(config.oauth.jwksUri)),
  ]).then(([store, tenant]) => ({ store, tenant }));
  return last.health;
}

/** Whether the store answers, and how fast. One round trip; never throws. */
export function checkStore(config: Config): Promise<Check> {
  return check('store', config.store && (() => withStore(config, (redis) => redis.ping())));
}

function fetchKeys(jwksUri: string): () => Promise<void> {
  return async () => {
    const { status } = await timed('auth0', () => ask(jwksUri, { timeoutMs: checkTimeoutMs }));
    if (status !== 200) throw new Error(`answered ${status}`);
  };
}

async function check(name: string, ask: (() => Promise<unknown>) | undefined): Promise<Check> {
  if (!ask) return { state: 'not configured', ms: 0 };
  const started = performance.now();
  const state: Reachability = await ask().then(
    () => 'reachable' as const,
    (error) => {
      log('warn', 'health check failed', { system: name, ...errorFields(error) });
      return 'unreachable' as const;
    },
  );
  return { state, ms: Math.round(performance.now() - started) };
}
