import type { Config } from '../config.ts';
import { waitUntil } from '../invocation.ts';
import { errorFields, log, requestId } from '../log.ts';
import { perConfig } from '../per-config.ts';
import { z } from '../schema.ts';
import { auditKey } from './keys.ts';
import { readRecord, signedText } from './record.ts';
import { withStore } from './redis.ts';

/** Entries kept in the store; the log has all of them. */
const maxEntries = 10_000;
const lifetimeSeconds = 90 * 86_400;
/** Milliseconds after which an instance lets the entries live on for that long again. */
const renewalMs = 3600_000;

const renewal = perConfig(() => ({ dueAtMs: 0 }));

const auditEntry = z.object({
  action: z.enum([
    'sign-in',
    'approval',
    'denial',
    'refusal',
    'revocation',
    'replay',
    'client-registered',
    'client-deleted',
    'client-blocked',
    'client-unblocked',
    'user-signed-out',
    'user-forgotten',
    'connection-ended',
    'account-connected',
    'account-disconnected',
    'secrets-rotated',
  ]),
  /** Who acted: a user, a client, the tenant, an operator, or this server by its own rules. */
  actor: z.enum(['user', 'client', 'tenant', 'operator', 'server']),
  /** The user's hash (`userHash`), never a name or an address. */
  user: z.string().optional(),
  /** The id of the organization that the user is in. */
  organization: z.string().optional(),
  client: z.string().optional(),
  /** The grant that it is about. */
  grant: z.string().optional(),
  scopes: z.string().optional(),
  reason: z.string().optional(),
  requestId: z.string().optional(),
});

/** One line of who did what: stable fields, no secrets, no personal data. */
export type AuditEntry = z.infer<typeof auditEntry>;

/**
 * Notes who did what: as a log line with `msg: "audit"`, and in the background in the store, where `npm run admin -- audit`
 * reads it.
 */
export function audit(config: Config, entry: AuditEntry): void {
  const line: AuditEntry = { ...entry, requestId: entry.requestId ?? requestId() };
  log('info', 'audit', line);
  if (!config.store) return;
  waitUntil(
    storeAuditEntry(config, line).catch((error) => log('warn', 'audit entry not stored', errorFields(error))),
  );
}

/** Stores an entry, for a caller that must know whether it is stored. Throws StoreUnavailable. */
export async function storeAuditEntry(config: Config, entry: AuditEntry): Promise<void> {
  const key = auditKey(config);
  const text = signedText(config, key, JSON.stringify(entry));
  const trim = { comparison: '~', threshold: maxEntries } as const;
  const due = renewal(config).dueAtMs <= Date.now();
  await withStore(config, (redis) => {
    const append = redis.pipeline().xadd(key, '*', { t: text }, { trim });
    return (due ? append.expire(key, lifetimeSeconds) : append).exec();
  });
  if (due) renewal(config).dueAtMs = Date.now() + renewalMs;
}

const storedEntries = z.array(z.tuple([z.string(), z.array(z.string())]));

/**
 * The newest entries, newest first, and how many others cannot be believed: they were signed under a sealing secret that
 * is not known here, or not by this server.
 *
 * @throws StoreUnavailable
 */
export async function readAudit(
  config: Config,
  count: number,
): Promise<{ entries: (AuditEntry & { atMs: number })[]; unbelievable: number }> {
  const key = auditKey(config);
  const raw = await withStore(config, (redis) => redis.xrevrange(key, '+', '-', count), {
    retry: true,
  });
  const stored = storedEntries.safeParse(raw).data ?? [];
  const entries = stored.flatMap(([id, [, text]]) => {
    const entry = readRecord(config, key, auditEntry, text);
    return entry ? [{ ...entry, atMs: Number.parseInt(id, 10) }] : [];
  });
  return { entries, unbelievable: stored.length - entries.length };
}
