import { type Check, outcome, type Problem } from '../check.ts';
import { doctorName } from '../clients.ts';
import { describe } from '../describe.ts';
import type { Examination, ExaminedClient } from '../examination.ts';
import { textMember } from '../member.ts';
import type { Answer, NoAnswer } from '../probe.ts';
import { send } from '../send.ts';
import { askTenant } from '../tenant/ask.ts';

/** Deletes the doctor's registrations: at the server if it offers that (RFC 7592), otherwise in the tenant. */
export const removal: Check = {
  id: 'removal',
  phase: 'Clean-up',
  title: 'The doctor’s registrations are deleted',
  async run(examination) {
    const { publicClient, confidentialClient } = examination;
    const registered = [publicClient, confidentialClient].filter((client) => client !== undefined);
    // A server may return the same client for both registrations.
    const clients = new Map(registered.map((client) => [client.id, client]));
    if (!clients.size) return { skipped: 'nothing was registered' };
    const left: string[] = [];
    const problems: Problem[] = [];
    for (const client of clients.values()) {
      const result = await remove(examination, client);
      if (result === 'not offered') left.push(client.id);
      else if (result !== 'deleted')
        problems.push({ id: 'removal-failed', detail: `${client.id}: ${result.failure}` });
    }
    if (left.length && !problems.length)
      return {
        skipped: `the server does not offer deletion (RFC 7592) and there are no tenant credentials; “${doctorName}” stays registered as ${left.join(' and ')}`,
      };
    return outcome(`${clients.size} deleted.`, problems);
  },
};

type Removal = 'deleted' | 'not offered' | { failure: string };

async function remove(examination: Examination, client: ExaminedClient): Promise<Removal> {
  const atServer = await removeAtServer(examination, client);
  if (atServer === 'deleted') return atServer;
  const inTenant = await removeInTenant(examination, client);
  return inTenant === 'not offered' ? atServer : inTenant;
}

/** A server could name any URL here, such as one on this machine's network, so only its own origin is accepted. */
async function removeAtServer(examination: Examination, { management }: ExaminedClient): Promise<Removal> {
  if (!management) return 'not offered';
  const { url, token } = management;
  const origin = URL.parse(examination.server?.registrationEndpoint ?? '')?.origin;
  if (!origin || URL.parse(url)?.origin !== origin)
    return { failure: `registration_client_uri ${url} is not on ${origin}, so it was not used.` };
  const headers = { authorization: `Bearer ${token}` };
  return verdict(await send(examination, url, { method: 'DELETE', headers }, 'registration'));
}

/** Deletes nothing that does not have the doctor's name. */
async function removeInTenant(examination: Examination, { id }: ExaminedClient): Promise<Removal> {
  const path = `/clients/${encodeURIComponent(id)}`;
  const found = await askTenant(examination, path);
  const isOwn = 'document' in found && textMember(found.document, 'name')?.startsWith(`${doctorName} `);
  if (!isOwn || !examination.management) return 'not offered';
  return verdict(await examination.management.ask(path, { method: 'DELETE' }));
}

function verdict(answer: Answer | NoAnswer): Removal {
  const isDeleted = !('failed' in answer) && answer.status >= 200 && answer.status < 300;
  return isDeleted ? 'deleted' : { failure: describe(answer) };
}
