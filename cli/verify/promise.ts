import type { Finding } from '../doctor/finding.ts';

/** What became of one promise. Not tried: something that it needs was missing, which `seen` names. */
export type Verdict = {
  promise: string;
  result: 'kept' | 'broken' | 'not tried';
  /** What was seen, or why it was not tried. */
  seen: string;
};

/** The promises that the doctor's checks cover, with the ids of those checks. */
const covered: { promise: string; checks: string[] }[] = [
  {
    promise: 'Clients discover how to sign in',
    checks: ['endpoint', 'challenge', 'resource-metadata', 'server-metadata', 'metadata-agreement'],
  },
  { promise: 'Browsers on other origins can read the answers', checks: ['cors'] },
  { promise: 'Clients register themselves', checks: ['registration'] },
  { promise: 'The consent page leads to Auth0, which accepts the request', checks: ['authorize'] },
  { promise: 'Errors are those that clients act on', checks: ['token-endpoint', 'bad-token'] },
  { promise: 'Users sign in and the client gets tokens', checks: ['sign-in'] },
  { promise: 'Tools work in the 2025-11-25 protocol', checks: ['protocol-2025-11-25'] },
  { promise: 'Tools work in the 2026-07-28 protocol', checks: ['protocol-2026-07-28'] },
  { promise: 'Refreshing works, even twice at once', checks: ['refresh'] },
  { promise: 'Revoking ends the connection', checks: ['revocation'] },
];

/** The promises that one examination of the doctor covers. */
export function coveredPromises(findings: Finding[]): Verdict[] {
  return covered.map(({ promise, checks }) => verdict(promise, checks, findings));
}

/** Discovery at a further origin, as one promise. */
export function discoveryAt(url: string, findings: Finding[]): Verdict {
  return verdict(`Clients discover how to sign in at ${url}`, covered[0]?.checks ?? [], findings);
}

/** Everything at a preview, as one promise. */
export function previewAt(url: string, findings: Finding[]): Verdict {
  const checks = covered.flatMap((each) => each.checks);
  return verdict(`A preview works as production does: ${url}`, checks, findings);
}

/** Broken if one of the checks found something, also if the doctor only warns of it. Kept if all of them ran. */
function verdict(promise: string, checks: string[], findings: Finding[]): Verdict {
  const own = findings.filter(({ check }) => checks.includes(check));
  const wrong = own.find(({ fix }) => fix !== undefined);
  if (wrong) return { promise, result: 'broken', seen: `${wrong.id}: ${wrong.detail || wrong.title}` };
  const skipped = own.find(({ level }) => level === 'skipped');
  if (skipped) return { promise, result: 'not tried', seen: `${skipped.check}: ${skipped.detail}` };
  const [only, ...others] = own;
  if (!only) return { promise, result: 'not tried', seen: 'no check ran' };
  const seen = others.length ? `All ${own.length} checks passed.` : only.detail || only.title;
  return { promise, result: 'kept', seen };
}
