import { z } from 'zod';
import { CommandFailure } from '../failure.ts';
import type { Management } from '../management/management.ts';
import type { Extra } from './extra.ts';
import { type Finding, stepOf } from './plan.ts';
import type { RolePlan } from './role.ts';

const userSchema = z.looseObject({
  user_id: z.string(),
  email: z.string().optional(),
  email_verified: z.boolean().optional(),
});
type User = z.infer<typeof userSchema>;

/**
 * Plans to give a user the administrator's role.
 *
 * @param named an email address or a user ID, such as `auth0|…`.
 */
export async function planAdministrator(
  management: Management,
  named: string,
  role: RolePlan,
): Promise<Extra> {
  const users = await findUsers(management, named);
  const findings = findingsOf(named, users);
  const [user] = users;
  const has = user && role.id ? (await roleIdsOf(management, user.user_id)).includes(role.id) : false;
  const change = {
    property: 'role',
    to: role.name,
    why: 'The first administrator. Give others the role in the Auth0 dashboard.',
    loosens: true,
  };
  return {
    step: stepOf(`user ${named}`, true, has ? [] : [change]),
    findings,
    needs: ['update:roles', 'create:role_members'],
    async apply(management) {
      if (has) return {};
      if (!user || !role.id)
        throw new CommandFailure(`${named} was not assigned the role ${role.name}.`, 'Run setup again.');
      const path = `/roles/${encodeURIComponent(role.id)}/users`;
      await management.call({ method: 'POST', path, json: { users: [user.user_id] } }, z.unknown());
      return {};
    },
  };
}

async function findUsers(management: Management, named: string): Promise<User[]> {
  if (!named.includes('|')) {
    const query = { email: named.toLowerCase() };
    return management.call({ method: 'GET', path: '/users-by-email', query }, z.array(userSchema));
  }
  const path = `/users/${encodeURIComponent(named)}`;
  const user = await management.find({ method: 'GET', path }, userSchema);
  return user ? [user] : [];
}

async function roleIdsOf(management: Management, userId: string): Promise<string[]> {
  const path = `/users/${encodeURIComponent(userId)}/roles`;
  const query = { per_page: '100' };
  const roles = await management.call(
    { method: 'GET', path, query },
    z.array(z.looseObject({ id: z.string() })),
  );
  return roles.map(({ id }) => id);
}

function findingsOf(named: string, users: User[]): Finding[] {
  const problem = (message: string, fix: string): Finding[] => [{ level: 'problem', message, fix }];
  const [user] = users;
  if (!user)
    return problem(
      `The tenant has no user ${named}.`,
      'Check --admin. Users are created when they sign up, or in the dashboard (User Management > Users).',
    );
  if (users.length > 1)
    return problem(
      `${named} is the address of ${users.length} users: ${users.map(({ user_id }) => user_id).join(', ')}.`,
      'Give --admin with the user ID.',
    );
  // Anyone can sign up with an address that is not theirs.
  if (!named.includes('|') && user.email_verified !== true)
    return problem(
      `${named} has not verified that address, so the account may be somebody else’s.`,
      `Let them verify it. Or, if you know that the account is theirs, give --admin "${user.user_id}".`,
    );
  return [];
}
