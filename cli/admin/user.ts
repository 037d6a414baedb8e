import { z } from 'zod';
import { type Connection, connectionsOf } from '../../lib/access-token/connections.ts';
import { organizationsOf } from '../../lib/access-token/organizations.ts';
import { userHash } from '../../lib/access-token/principal.ts';
import { profileOfUser } from '../../lib/access-token/profile.ts';
import type { SignInConfig } from '../../lib/config.ts';
import type { KeptOrganization } from '../../lib/organizations/organization.ts';
import { profileKey } from '../../lib/store/keys.ts';
import { CommandFailure } from '../failure.ts';
import { printable } from '../printable.ts';
import type { Admin } from './command.ts';
import { confirmedGrants, namesBehind } from './stored.ts';
import { lacking, type Tenant } from './tenant.ts';

/** A user that an operator named. */
export type User = {
  /** `userHash` outside organizations, which names the user in the store and in the audit log. */
  hash: string;
  /** The organizations in which the user has signed in here. In each, another hash names the user. */
  organizations: KeptOrganization[];
  /** The user id at Auth0; undefined if it could not be found out. */
  subject: string | undefined;
  /** As the operator typed it. */
  title: string;
};

const listed = z.array(z.object({ user_id: z.string().min(1) }));

/**
 * The user behind an Auth0 user id, an e-mail address or a hash from the audit log. An e-mail address is looked up at the
 * tenant if the credentials may read users, else among the profiles of those who have signed in here.
 *
 * @throws CommandFailure if there is no such user, or more than one. StoreUnavailable
 */
export async function findUser(admin: Admin): Promise<User> {
  const { config } = admin;
  const typed = admin.flags.operand;
  const title = printable(typed);
  if (typed.includes('|'))
    return withOrganizations(config, { hash: hashOf(config, typed), subject: typed, title });
  if (typed.includes('@')) return byEmail(admin, typed, title);
  if (!/^[\w-]{22}$/.test(typed))
    throw new CommandFailure(
      `${title} is no user id, e-mail address or hash.`,
      'User ids look like auth0|5f7c8ec7c33c6c004bbafe82. The audit log shows hashes.',
    );
  return { ...(await byHash(config, typed)), title };
}

async function withOrganizations<T extends { hash: string }>(
  config: SignInConfig,
  user: T,
): Promise<T & Pick<User, 'organizations'>> {
  return { ...user, organizations: await organizationsOf(config, user.hash) };
}

function hashOf(
  { oauth: { issuer } }: SignInConfig,
  subject: string,
  organization?: KeptOrganization,
): string {
  return userHash({ issuer, subject, organization });
}

/** The hashes by which the store knows a user: outside organizations, and in each one. */
export function hashesOf(
  config: SignInConfig,
  { hash, subject, organizations }: Omit<User, 'title'>,
): string[] {
  if (subject === undefined) return [hash];
  return [hash, ...organizations.map((organization) => hashOf(config, subject, organization))];
}

/**
 * The connections of a user in every organization and outside, each with the hash that it is kept under.
 *
 * @throws StoreUnavailable
 */
export async function connectionsOfUser(
  config: SignInConfig,
  user: User,
): Promise<(Connection & { user: string })[]> {
  const found = await Promise.all(
    hashesOf(config, user).map(async (hash) =>
      (await connectionsOf(config, hash)).map((connection) => ({ ...connection, user: hash })),
    ),
  );
  return found.flat();
}

/**
 * The user behind a hash, also behind one in an organization. The user id is known if the tenant has confirmed one of the
 * user's grants lately.
 */
async function byHash(config: SignInConfig, hash: string): Promise<Omit<User, 'title'>> {
  const subjects = [...new Set((await confirmedGrants(config)).values())];
  const outside = subjects.find((subject) => hashOf(config, subject) === hash);
  if (outside !== undefined) return withOrganizations(config, { hash, subject: outside });
  for (const subject of subjects) {
    const user = await withOrganizations(config, { hash: hashOf(config, subject), subject });
    if (hashesOf(config, user).includes(hash)) return user;
  }
  return { hash, subject: undefined, organizations: await organizationsOf(config, hash) };
}

async function byEmail(admin: Admin, email: string, title: string): Promise<User> {
  const tenant = await admin.tenant();
  const lacks = lacking(tenant, ['read:users']);
  const ids = tenant instanceof CommandFailure || lacks ? [] : await idsAtTenant(tenant, email);
  if (ids.length > 1)
    throw new CommandFailure(
      `${ids.length} users have the e-mail address ${title}: ${ids.map((id) => printable(id)).join(', ')}.`,
      'Give the user id.',
    );
  const [subject] = ids;
  if (subject !== undefined)
    return withOrganizations(admin.config, { hash: hashOf(admin.config, subject), subject, title });
  // A user who was deleted at the tenant may have left something here.
  const users = new Map<string, Omit<User, 'title'>>();
  for (const hash of await hashesByProfile(admin.config, email)) {
    const user = await byHash(admin.config, hash);
    users.set(user.hash, user);
  }
  if (users.size > 1)
    throw new CommandFailure(
      `${users.size} users who signed in here have the e-mail address ${title}: ${[...users.keys()].join(', ')}.`,
      'Give the user id or one of these hashes.',
    );
  const [user] = users.values();
  if (user) return { ...user, title };
  throw new CommandFailure(
    lacks === undefined
      ? `No user has the e-mail address ${title}.`
      : `Nobody who signed in here lately has the e-mail address ${title}. ${lacks}`,
    'Give the user id, or a token with read:users (--token).',
  );
}

/** Auth0 compares e-mail addresses in lower case. */
async function idsAtTenant({ management }: Tenant, email: string): Promise<string[]> {
  const query = { email: email.toLowerCase(), fields: 'user_id', include_fields: 'true' };
  const users = await management.call({ method: 'GET', path: '/users-by-email', query }, listed);
  return users.map(({ user_id }) => user_id);
}

async function hashesByProfile(config: SignInConfig, email: string): Promise<string[]> {
  const found: string[] = [];
  for await (const users of namesBehind(config, profileKey('')))
    await Promise.all(
      users.map(async (user) => {
        const profile = await profileOfUser(config, user);
        if (profile.email?.toLowerCase() === email.toLowerCase()) found.push(user);
      }),
    );
  return found;
}
