import { z } from 'zod';
import type { Management } from '../../management/management.ts';
import type { Extra } from '../extra.ts';
import { type Change, type Finding, stepOf } from '../plan.ts';
import type { AccountsApplications } from './input.ts';

const connectionSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  strategy: z.string(),
  options: z.looseObject({ client_id: z.string().nullish() }).nullish(),
  connected_accounts: z.looseObject({ active: z.boolean().optional() }).nullish(),
});

/** Plans a connection through which users connect accounts, enabled for the two applications. Setup creates none. */
export async function planConnection(
  management: Management,
  name: string,
  known: AccountsApplications,
): Promise<Extra> {
  const [existing] = await management.call(
    { method: 'GET', path: '/connections', query: { name } },
    z.union([
      z.array(connectionSchema),
      z.looseObject({ connections: z.array(connectionSchema) }).transform(({ connections }) => connections),
    ]),
  );
  const enabled = existing ? await enabledFor(management, existing.id) : [];
  const users = { 'clients share': known.shared, 'Token Vault uses': known.apiClient };
  const changes: Change[] = [];
  if (!existing?.connected_accounts?.active)
    changes.push({
      property: 'connected_accounts',
      to: 'active',
      why: 'Users connect accounts through it, and Auth0 keeps the tokens in Token Vault.',
      loosens: true,
    });
  for (const [what, id] of Object.entries(users))
    if (id === undefined || !enabled.includes(id))
      changes.push({
        property: 'applications',
        to: `the one that ${what}`,
        why: 'Auth0 takes requests of enabled applications alone.',
        loosens: true,
      });
  return {
    step: stepOf(`connection ${name} for connected accounts`, true, changes),
    findings: findingsOf(name, existing),
    needs: ['update:connections'],
    async apply(management) {
      if (!existing) return {};
      const path = `/connections/${existing.id}`;
      if (!existing.connected_accounts?.active)
        await management.call(
          { method: 'PATCH', path, json: { connected_accounts: { active: true } } },
          z.unknown(),
        );
      const missing = [known.shared, known.apiClient].filter(
        (id) => id !== undefined && !enabled.includes(id),
      );
      if (missing.length)
        await management.call(
          {
            method: 'PATCH',
            path: `${path}/clients`,
            json: missing.map((client_id) => ({ client_id, status: true })),
          },
          z.unknown(),
        );
      return {};
    },
  };
}

function findingsOf(name: string, existing: z.infer<typeof connectionSchema> | undefined): Finding[] {
  if (!existing)
    return [
      {
        level: 'problem',
        message: `The tenant has no connection ${name}.`,
        fix: 'Create it in the dashboard under Authentication, or check --accounts.',
      },
    ];
  const { strategy, options } = existing;
  if (strategy === 'auth0')
    return [
      {
        level: 'problem',
        message: `The connection ${name} is a user database, not another company’s.`,
        fix: 'Name a social or enterprise connection in --accounts.',
      },
    ];
  const findings: Finding[] = [];
  if (options && !options.client_id)
    findings.push({
      level: 'warning',
      message: `The connection ${name} uses Auth0’s shared development keys, which Token Vault does not take.`,
      fix: 'Enter your own client ID and secret of that company in its settings, with the APIs that your tools call.',
    });
  if (strategy.startsWith('google'))
    findings.push({
      level: 'note',
      message: `Auth0 can renew Google’s tokens only if ${name} asks for offline access.`,
      fix: 'Select “Offline Access” in the connection’s settings.',
    });
  return findings;
}

/** The applications that a connection is enabled for, 100 at most. */
async function enabledFor(management: Management, connectionId: string): Promise<string[]> {
  const { clients } = await management.call(
    { method: 'GET', path: `/connections/${connectionId}/clients`, query: { take: '100' } },
    z.looseObject({ clients: z.array(z.looseObject({ client_id: z.string() })) }),
  );
  return clients.map(({ client_id }) => client_id);
}
