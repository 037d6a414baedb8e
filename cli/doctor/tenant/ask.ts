import type { Outcome } from '../check.ts';
import { describe } from '../describe.ts';
import type { Examination } from '../examination.ts';
import { isObject, textMember } from '../member.ts';

/** Why the tenant checks are skipped. */
export const noCredentials = 'no tenant credentials: set AUTH0_DOMAIN, AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET';

/**
 * A document of the Management API, or the outcome to report instead. What the credentials are not allowed to read is
 * skipped, not wrong.
 */
export async function askTenant(
  { management, options }: Examination,
  path: string,
): Promise<{ document: unknown } | { missing: true } | { outcome: Outcome }> {
  if (!management)
    return { outcome: { skipped: options.tenant ? 'the tenant refused the credentials' : noCredentials } };
  const answer = await management.ask(path);
  if ('failed' in answer) return { outcome: { skipped: describe(answer) } };
  if (answer.status === 404) return { missing: true };
  if (answer.status === 200 && (isObject(answer.json) || Array.isArray(answer.json)))
    return { document: answer.json };
  const scope = /expected any of: ([\w:, ]+)/.exec(textMember(answer.json, 'message') ?? '')?.[1];
  return { outcome: { skipped: scope ? `the credentials lack ${scope}` : describe(answer) } };
}
