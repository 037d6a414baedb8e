import { blockClient, blockedAtSeconds, unblockClient } from '../../lib/access-token/blocked-client.ts';
import { shortIdOf } from '../../lib/oauth/client/self-contained-id.ts';
import { storeAuditEntry } from '../../lib/store/audit.ts';
import { printable } from '../printable.ts';
import { type ListedClient, listClients } from './client-list.ts';
import type { Admin, Command } from './command.ts';
import { minute } from './table.ts';

/** `block`: a client's tokens are refused everywhere within a minute, and it cannot get new ones. */
export const block: Command = async (admin) => {
  const { config } = admin;
  const { client, known, title } = await clientOf(admin);
  const since = await blockedAtSeconds(config, client);
  const json = { client, users: known?.users.size ?? 0 };
  if (since !== undefined)
    return {
      lines: [`${title} has been blocked since ${minute(since)} UTC.`],
      json: { ...json, changed: false },
    };
  return {
    lines: [
      known
        ? `Block ${title}: ${countOf(known.users.size, 'user')}.`
        : `Block ${title}, which is not known here so far.`,
      'Its tokens are refused on every instance within a minute, and it cannot get new ones.',
    ],
    json,
    question: 'Block this client?',
    async perform() {
      await blockClient(config, client);
      await storeAuditEntry(config, { action: 'client-blocked', actor: 'operator', client });
      return {
        lines: [`Blocked ${title}. Every instance refuses it within a minute.`],
        json: { ...json, changed: true },
      };
    },
  };
};

/** `unblock`: lifts the block. What has not ended in the meantime works again. */
export const unblock: Command = async (admin) => {
  const { config } = admin;
  const { client, title } = await clientOf(admin);
  if ((await blockedAtSeconds(config, client)) === undefined)
    return { lines: [`${title} is not blocked.`], json: { client, changed: false } };
  return {
    lines: [`Unblock ${title}. Tokens of it that have not ended work again within a minute.`],
    json: { client },
    question: 'Lift the block?',
    async perform() {
      await unblockClient(config, client);
      await storeAuditEntry(config, { action: 'client-unblocked', actor: 'operator', client });
      return { lines: [`Unblocked ${title}.`], json: { client, changed: true } };
    },
  };
};

/** The client that the operator named. It may be unknown: the tenant may be down, or nobody may have used it yet. */
async function clientOf({
  config,
  flags,
}: Admin): Promise<{ client: string; known: ListedClient | undefined; title: string }> {
  // What a client sends may be the whole registration; tokens and the list name it by a hash.
  const client = flags.operand.split('.').length > 2 ? shortIdOf(flags.operand) : flags.operand;
  const known = (await listClients(config)).clients.find((each) => each.client === client);
  return { client, known, title: printable(known ? `${known.name} (${client})` : client) };
}

/** A number with its noun. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
