import { printable } from '../printable.ts';
import type { Check, Outcome } from './check.ts';
import { checks } from './checks.ts';
import type { Examination, Options } from './examination.ts';
import type { Finding } from './finding.ts';
import { listenForResponse } from './loopback.ts';
import { problems } from './problems.ts';

/** Receives progress and findings as they happen. */
export type Watcher = {
  onCheck?: (check: Check) => void;
  onFinding?: (finding: Finding, check: Check) => void;
  /** Runs after a check, with what is known by then. The next check waits for it. */
  afterCheck?: (check: Check, examination: Examination) => Promise<void>;
};

/** Runs every check against a URL and returns the findings. Never throws because of anything that the server does. */
export async function examine(options: Options, watcher: Watcher = {}): Promise<Finding[]> {
  const url = new URL(options.url);
  const { tenant, testUser, bypassSecret } = options;
  const secrets = [tenant?.clientSecret, testUser?.name, testUser?.password, bypassSecret];
  const examination: Examination = {
    options,
    url,
    // Without a fragment (RFC 8707) and without a trailing slash, as clients send it.
    resource: `${url.origin}${url.pathname.replace(/\/+$/, '')}${url.search}`,
    secrets: new Set(secrets.filter((secret) => secret !== undefined)),
  };
  if (options.signIn && !testUser) examination.loopback = await listenForResponse();
  const findings: Finding[] = [];
  try {
    for (const check of checks.filter(({ only }) => only === undefined || options[only])) {
      watcher.onCheck?.(check);
      for (const finding of report(check, await run(check, examination), examination)) {
        findings.push(finding);
        watcher.onFinding?.(finding, check);
      }
      await watcher.afterCheck?.(check, examination);
    }
  } finally {
    await examination.loopback?.close();
  }
  return findings;
}

async function run(check: Check, examination: Examination): Promise<Outcome> {
  try {
    const obstacle = missing(check, examination);
    return obstacle ? { skipped: obstacle } : await check.run(examination);
  } catch (error) {
    const detail = error instanceof Error ? error.message : 'unknown';
    return { detail: '', problems: [{ id: 'check-broke', detail: `${check.id}: ${detail}` }] };
  }
}

/** Why a check does not apply. */
function missing({ needs }: Check, { contact, access }: Examination): string | undefined {
  if (needs && !contact) return 'the server was not reached';
  return needs === 'sign-in' && access === 'public' ? 'the server requires no sign-in' : undefined;
}

function report(check: Check, outcome: Outcome, { secrets }: Examination): Finding[] {
  const { id, title } = check;
  const shown = (text: string) => printable(text, secrets);
  if ('skipped' in outcome)
    return [{ id, check: id, level: 'skipped', title, detail: shown(outcome.skipped) }];
  if (!outcome.problems?.length)
    return [{ id, check: id, level: 'ok', title, detail: shown(outcome.detail) }];
  // The same problem seen twice in one check, such as with both kinds of client, is one finding.
  const byId = Map.groupBy(outcome.problems, (problem) => problem.id);
  return [...byId].map(([problemId, met]) => ({
    id: problemId,
    check: id,
    ...problems[problemId],
    detail: shown([...new Set(met.map(({ detail }) => detail))].join(' ')),
  }));
}
