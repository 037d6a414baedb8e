import { type Connection, endConnection } from '../../lib/access-token/connections.ts';
import { endGrantsOf } from '../../lib/access-token/sign-out.ts';
import { TenantError } from '../../lib/auth0/errors.ts';
import { deadlineIn } from '../../lib/auth0/request.ts';
import type { SignInConfig } from '../../lib/config.ts';
import { listOurs } from '../../lib/oauth/client/application/list.ts';
import { storeAuditEntry } from '../../lib/store/audit.ts';
import { printable } from '../printable.ts';
import { countOf } from './block.ts';
import type { Admin, Command, Report } from './command.ts';
import { endAtTenant } from './tenant-tokens.ts';
import { connectionsOfUser, findUser, type User } from './user.ts';

/** Milliseconds for reading the tenant's applications. */
const listTimeoutMs = 30_000;

/** `sign-out`: ends all of a user's connections, here and at Auth0, in every organization and outside. */
export const signOut: Command = async (admin) => {
  const user = await findUser(admin);
  const connections = await connectionsOfUser(admin.config, user);
  return {
    lines: [
      `Sign ${user.title} out of ${countOf(connections.length, 'connection')}.`,
      ...connections.map((connection) => `  ${describe(connection)}`),
      'Every token of this user is refused on every instance within a minute. The user can sign in again: to prevent that, block the user at Auth0.',
    ],
    json: { user: user.hash, connections: connections.length },
    question: 'Sign this user out everywhere?',
    perform: () => signOutUser(admin, user, connections),
  };
};

/** Signs a user out: first here, which does not depend on the tenant, then at Auth0. Throws StoreUnavailable. */
export async function signOutUser(
  admin: Admin,
  user: User,
  connections: (Connection & { user: string })[],
): Promise<Report> {
  const { config } = admin;
  await endGrantsOf(config, user.hash);
  await storeAuditEntry(config, { action: 'user-signed-out', actor: 'operator', user: user.hash });
  const incomplete: string[] = [];
  let ended = 0;
  for (const connection of connections)
    try {
      await endConnection(config, connection.user, connection);
      ended++;
    } catch (error) {
      if (!(error instanceof TenantError)) throw error;
      incomplete.push(
        `The refresh token of ${describe(connection)} was not revoked at Auth0: ${error.message}`,
      );
    }
  const known = new Set(connections.map(({ application }) => application));
  const tenant =
    user.subject === undefined
      ? {
          refreshTokens: 0,
          grants: 0,
          undone: ['Nothing else could be ended at Auth0: the user id is not known.'],
        }
      : await endAtTenant(await admin.tenant(), user.subject, await ourApplications(config, known));
  incomplete.push(...tenant.undone);
  return {
    lines: [
      `Signed ${user.title} out. Every instance refuses the user’s tokens within a minute.`,
      `Ended: ${countOf(ended, 'connection')} here and at Auth0, ${countOf(tenant.refreshTokens, 'other refresh token')} and ${countOf(tenant.grants, 'grant')} at Auth0.`,
    ],
    json: {
      ...{ user: user.hash, connections: ended },
      ...{ refreshTokensAtTenant: tenant.refreshTokens, grantsAtTenant: tenant.grants },
    },
    incomplete,
  };
}

/** This server's applications; the known ones if the tenant does not list them. */
async function ourApplications(config: SignInConfig, known: Set<string>): Promise<Set<string>> {
  try {
    const records = await listOurs(config, deadlineIn(listTimeoutMs));
    return new Set([...known, ...records.map(({ application }) => application)]);
  } catch (error) {
    if (!(error instanceof TenantError)) throw error;
    return known;
  }
}

/** A connection in a line. */
export function describe({ clientName, host, id, organization }: Connection): string {
  return printable(`${clientName} at ${host} (${id})${organization ? ` in ${organization.name}` : ''}`);
}
