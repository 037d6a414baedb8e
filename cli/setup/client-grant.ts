import { z } from 'zod';
import { managementScopes } from '../../lib/auth0/management.ts';
import type { Management, ManagementCall } from './management.ts';
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

/** Leave for an application to use an API for itself, as the tenant describes it. */
export type ClientGrant = z.infer<typeof grantSchema>;

export type ClientGrantPlan = {
  step: Step;
  findings: Finding[];
  existing: ClientGrant | undefined;
  scope: string[];
};

/** The application's own grant for the Management API, if there is one; grants for users are another matter. */
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
 * What gives the application exactly the scopes the server needs. Only where setup made the application are
 * further scopes taken away; elsewhere something else may rely on them.
 */
export function planClientGrant(existing: ClientGrant | undefined, ours: boolean): ClientGrantPlan {
  const present = existing?.scope ?? [];
  const excess = present.filter((scope) => !managementScopes.includes(scope));
  const scope = ours ? managementScopes : [...managementScopes, ...excess];
  const complete =
    managementScopes.every((each) => present.includes(each)) || existing?.allow_all_scopes === true;
  const changes: Change[] = [];
  const findings: Finding[] = [];
  if (!complete || (ours && excess.length)) {
    const why = complete
      ? 'The server needs no more than these.'
      : 'The server registers, finds and prunes applications and enables connections on them.';
    const from = existing ? { from: present.join(' ') || 'none' } : {};
    changes.push({ property: 'scope', ...from, to: scope.join(' '), why });
  }
  if (!ours && (excess.length || existing?.allow_all_scopes))
    findings.push({
      level: 'warning',
      message: `The application may do more than the server needs: ${excess.join(', ') || 'everything'}.`,
      fix: 'Leave AUTH0_CLIENT_ID out and run setup again to get an application of its own.',
    });
  return {
    step: stepOf('its access to the Management API', existing !== undefined, changes),
    findings,
    existing,
    scope,
  };
}

/** Makes or changes the grant; does nothing where the plan has nothing to do. */
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
