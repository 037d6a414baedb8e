import { listClients } from './client-list.ts';
import type { Command } from './command.ts';
import { iso, minute, table } from './table.ts';

const heading = ['CLIENT', 'NAME', 'HOST', 'KIND', 'USERS', 'LAST USE (UTC)', 'BLOCKED SINCE'];

/** `clients`: who can get tokens here. */
export const clients: Command = async ({ config }) => {
  const { clients: found, tenantFailure } = await listClients(config);
  const rows = found.map((client) => [
    ...[client.client, client.name, client.hosts.join(', '), client.kind, String(client.users.size)],
    ...[minute(client.lastUsedAtSeconds), minute(client.blockedAtSeconds)],
  ]);
  return {
    lines: found.length ? table(heading, rows) : ['There are no clients.'],
    json: {
      clients: found.map(({ client, name, hosts, kind, application, users, ...times }) => ({
        ...{ client, name, hosts, kind, application, users: users.size },
        lastUsed: iso(times.lastUsedAtSeconds),
        blockedSince: iso(times.blockedAtSeconds),
      })),
    },
    ...(tenantFailure && {
      incomplete: [`Clients that nobody has signed in with are missing. ${tenantFailure}`],
    }),
  };
};
