import { z } from 'zod';
import type { Management } from '../management/management.ts';
import type { ManagementCall } from '../management/management-call.ts';
import { type Change, type Finding, type Step, stepOf } from './plan.ts';

const grantSchema = z.looseObject({
  id: z.string(),
  scope: z.array(z.string()).nullish(),
  subject_type: z.string().nullish(),
  allow_all_scopes: z.boolean().nullish(),
});
const grantsSchema = z.union([
  z.array(grantSchema),
  z.looseObject({ client_grants: z.array(grantSchema) }).transform(({ client_grants }) => client_grants),
]);

/** A client grant as the tenant describes it: it lets an application use an API on its own behalf. */
export type ClientGrant = z.infer<typeof grantSchema>;

export type ClientGrantPlan = {
  step: Step;
  findings: Finding[];
  existing: ClientGrant | undefined;
  scope: string[];
};

/** The application's own grant for the Management API. Undefined if there is none. Ignores grants for users. */
export async function findClientGrant(
  management: Management,
  clientId: string,
  audience: string,
): Promise<ClientGrant | undefined> {
  const query = { client_id: clientId, audience };
  const grants = await management.call({ method: 'GET', path: '/client-grants', query }, grantsSchema);
  return grants.find(({ subject_type }) => (subject_type ?? 'client') === 'client');
}

/**
 * Plans a grant with exactly the scopes that the server needs. Setup only removes other scopes from an application that
 * it created: on any other, something else may need them.
 *
 * @param needed the scopes that the server needs.
 */
export function planClientGrant(
  existing: ClientGrant | undefined,
  ours: boolean,
  needed: string[],
): ClientGrantPlan {
  const present = existing?.scope ?? [];
  const excess = present.filter((scope) => !needed.includes(scope));
  const scope = ours ? needed : [...needed, ...excess];
  const complete = needed.every((each) => present.includes(each)) || existing?.allow_all_scopes === true;
  const changes: Change[] = [];
  const findings: Finding[] = [];
  if (!complete || (ours && excess.length)) {
    const why = complete
      ? 'The server needs no other scopes.'
      : 'The server creates, finds and prunes applications and enables connections for them.';
    const from = existing ? { from: present.join(' ') || 'none' } : {};
    changes.push({ property: 'scope', ...from, to: scope.join(' '), why });
  }
  if (!ours && (excess.length || existing?.allow_all_scopes))
    findings.push({
      level: 'warning',
      message: `The application has more permissions than the server needs: ${excess.join(', ') || 'everything'}.`,
      fix: 'Remove AUTH0_CLIENT_ID and run setup again to create a separate application.',
    });
  return {
    step: stepOf('the application’s access to the Management API', existing !== undefined, changes),
    findings,
    existing,
    scope,
  };
}

/** Creates or changes the grant. Does nothing if the plan has no changes. */
export async function applyClientGrant(
  management: Management,
  plan: ClientGrantPlan,
  clientId: string,
  audience: string,
): Promise<void> {
  const { existing, scope, step } = plan;
  if (step.action === 'keep') return;
  const request: ManagementCall = existing
    ? { method: 'PATCH', path: `/client-grants/${existing.id}`, json: { scope } }
    : { method: 'POST', path: '/client-grants', json: { client_id: clientId, audience, scope } };
  await management.call(request, grantSchema);
}
