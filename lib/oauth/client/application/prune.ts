import { deleteApplication } from '../../../auth0/applications.ts';
import type { Deadline } from '../../../auth0/request.ts';
import type { SignInConfig } from '../../../config.ts';
import { errorFields, log } from '../../../log.ts';
import { organizationCallbackOrigin } from '../../../organizations/address.ts';
import { audit } from '../../../store/audit.ts';
import { forgetCopy, readCopy } from './cache.ts';
import { listOurs } from './list.ts';
import { type ClientRecord, isShared } from './record.ts';
import { noteEveryDays, removeCallbacks } from './update.ts';

const day = 86_400_000;

export type RemovalReason = 'never used' | 'idle';

export type PruneReport = {
  dry_run: boolean;
  /** Applications that this server made, before pruning. */
  examined: number;
  removed: { application: string; name: string; reason: RemovalReason }[];
  callbacks_removed: { application: string; name: string; callbacks: string[] }[];
  failed: { application: string; name: string }[];
  /** False when time ran out; the next run goes on. */
  complete: boolean;
};

/**
 * Why an application should go: nobody signed in within a day of its making (half-made ones are among these), or not
 * for `PRUNE_IDLE_DAYS`. Use is noted about weekly, so that much is added to the idle days.
 */
export function removalReason(
  { createdAt, lastUsed }: ClientRecord,
  idleDays: number,
  now: number,
): RemovalReason | undefined {
  if (!lastUsed) return now - createdAt * 1000 > day ? 'never used' : undefined;
  const idle = now - Date.parse(lastUsed) > (idleDays + noteEveryDays) * day;
  return idle ? 'idle' : undefined;
}

/** Callbacks at origins that are not configured any more, as previews leave behind. */
export function outlivedCallbacks({ callbacks }: ClientRecord, origins: readonly string[]): string[] {
  return callbacks.filter((callback) => {
    const url = URL.parse(callback);
    return url?.pathname === '/callback' && !origins.includes(url.origin);
  });
}

/**
 * Removes applications that this server made and nobody uses, and outlived callbacks from the others. Never
 * touches an application that it did not make. A dry run says what would be done.
 *
 * @throws TenantError when the applications cannot be listed; single failures are in the report.
 */
export async function pruneClients(
  config: SignInConfig,
  dryRun: boolean,
  deadline: Deadline,
): Promise<PruneReport> {
  const ours = await listOurs(config, deadline);
  const report: PruneReport = {
    dry_run: dryRun,
    examined: ours.length,
    removed: [],
    callbacks_removed: [],
    failed: [],
    complete: false,
  };
  for (const record of ours) {
    if (isShared(record)) continue;
    if (Date.now() >= deadline) break;
    const { application, name } = record;
    try {
      await pruneOne(config, record, report, deadline);
    } catch (error) {
      log('warn', 'application not pruned', { application, ...errorFields(error) });
      report.failed.push({ application, name });
    }
  }
  report.complete = Date.now() < deadline;
  return report;
}

async function pruneOne(config: SignInConfig, record: ClientRecord, report: PruneReport, deadline: Deadline) {
  const { application, name, hash } = record;
  const reason = removalReason(record, config.oauth.pruneIdleDays, Date.now());
  if (reason) {
    if (!report.dry_run) {
      await deleteApplication(config, application, deadline);
      await forgetCopy(config, application, hash);
      audit(config, {
        action: 'client-deleted',
        actor: 'server',
        client: record.document ?? application,
        reason,
      });
    }
    report.removed.push({ application, name, reason });
    return;
  }
  const callbacks = outlivedCallbacks(record, [
    ...config.origins,
    ...[organizationCallbackOrigin(config)].filter((each) => each !== undefined),
  ]);
  if (callbacks.length === 0) return;
  if (!report.dry_run) {
    const copy = await readCopy(config, application);
    const connections = copy && copy !== 'unknown' ? copy.record.connections : undefined;
    await removeCallbacks(config, { ...record, connections }, callbacks, deadline);
  }
  report.callbacks_removed.push({ application, name, callbacks });
}
