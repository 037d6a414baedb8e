import { type Check, outcome, type Problem } from '../check.ts';
import { doctorName } from '../clients.ts';
import { describe } from '../describe.ts';
import { type Examination, type ExaminedClient, patience } from '../examination.ts';
import { textMember } from '../member.ts';
import { type Answer, type NoAnswer, probe } from '../probe.ts';
import { askTenant } from '../tenant/ask.ts';

/** Takes the doctor's registrations back: by RFC 7592 where it is offered, else in the tenant. */
export const removal: Check = {
  id: 'removal',
  phase: 'Clean-up',
  title: 'The doctor’s registrations are removed',
  async run(examination) {
    const { publicClient, confidentialClient } = examination;
    const clients = [publicClient, confidentialClient].filter((client) => client !== undefined);
    if (!clients.length) return { skipped: 'nothing was registered' };
    const left: string[] = [];
    const problems: Problem[] = [];
    for (const client of clients) {
      const removed = await remove(examination, client);
      if (removed === undefined) left.push(client.id);
      else if ('failed' in removed || removed.status >= 300)
        problems.push({ id: 'removal-failed', detail: `${client.id}: ${describe(removed)}` });
    }
    if (left.length && !problems.length)
      return {
        skipped: `the server offers no way to (RFC 7592) and no tenant credentials were given; “${doctorName}” stays registered as ${left.join(' and ')}`,
      };
    return outcome(`${clients.length} removed.`, problems);
  },
};

/** The answer to the removal; undefined when there is no way to remove. */
async function remove(
  examination: Examination,
  client: ExaminedClient,
): Promise<Answer | NoAnswer | undefined> {
  const path = `/clients/${encodeURIComponent(client.id)}`;
  if (client.management) {
    const { url, token } = client.management;
    const headers = { authorization: `Bearer ${token}` };
    return probe(url, { method: 'DELETE', headers, timeout: patience(examination) });
  }
  // Nothing is deleted in a tenant that does not carry the doctor's own name.
  const found = await askTenant(examination, path);
  const isOwn = 'document' in found && textMember(found.document, 'name')?.startsWith(`${doctorName} `);
  return isOwn ? examination.management?.ask(path, { method: 'DELETE' }) : undefined;
}
