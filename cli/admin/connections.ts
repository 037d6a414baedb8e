import { type Connection, endConnection } from '../../lib/access-token/connections.ts';
import { storeAuditEntry } from '../../lib/store/audit.ts';
import { CommandFailure } from '../failure.ts';
import { printable } from '../printable.ts';
import type { Admin, Command, Plan } from './command.ts';
import { describe } from './sign-out.ts';
import { iso, minute, table } from './table.ts';
import { connectionsOfUser, findUser, type User } from './user.ts';

const heading = ['ID', 'CLIENT', 'HOST', 'ORGANIZATION', 'SINCE (UTC)', 'LAST USE (UTC)', 'SCOPES'];

/** `connections`: what a user has let in; with `--end`, ends one of them. */
export const connections: Command = async (admin) => {
  const user = await findUser(admin);
  const found = await connectionsOfUser(admin.config, user);
  if (admin.flags.end !== undefined) return endOne(admin, user, found, admin.flags.end);
  const rows = found.map(
    ({ id, clientName, host, organization, signedInAtSeconds, lastUsedAtSeconds, scopes }) => [
      ...[
        id,
        clientName,
        host,
        organization?.name ?? '',
        minute(signedInAtSeconds),
        minute(lastUsedAtSeconds),
        scopes.join(' '),
      ],
    ],
  );
  return {
    lines: found.length ? table(heading, rows) : [`${user.title} has no connections.`],
    json: { user: user.hash, connections: found.map(shown) },
  };
};

/** What an operator sees of a connection; not its refresh token, sealed as it is. */
function shown({ id, clientId, clientName, host, scopes, origin, organization, ...times }: Connection) {
  return {
    ...{ id, client: clientId, name: clientName, host, scopes, origin },
    ...(organization && { organization }),
    since: iso(times.signedInAtSeconds),
    lastUsed: iso(times.lastUsedAtSeconds),
  };
}

function endOne({ config }: Admin, user: User, found: (Connection & { user: string })[], id: string): Plan {
  const connection = found.find((each) => each.id === id);
  if (!connection)
    throw new CommandFailure(
      `${user.title} has no connection ${printable(id)}.`,
      `npm run admin -- connections ${user.title} lists them.`,
    );
  const json = { user: user.hash, id, client: connection.clientId };
  return {
    lines: [`End ${describe(connection)}. Its tokens are refused on every instance within a minute.`],
    json,
    question: 'End this connection?',
    async perform() {
      await endConnection(config, connection.user, connection);
      await storeAuditEntry(config, {
        ...{ action: 'connection-ended', actor: 'operator' },
        ...{ user: connection.user, client: connection.clientId, grant: id },
        ...(connection.organization && { organization: connection.organization.id }),
      });
      return { lines: [`Ended ${describe(connection)}, here and at Auth0.`], json };
    },
  };
}
