import { z } from 'zod';
import { allScopes } from '../../lib/scope-rules.ts';
import { assignedScopes, baselineScopes, scopeDescriptions } from '../../lib/scopes.ts';
import type { Management } from '../management/management.ts';
import { longestTokenLifetimeSeconds } from '../management/token-lifetime.ts';
import { displayName } from './display-name.ts';
import { type Change, type Finding, type Step, stepOf } from './plan.ts';

const policy = z.looseObject({ policy: z.string().optional() }).optional();

const apiSchema = z.looseObject({
  id: z.string(),
  identifier: z.string(),
  scopes: z.array(z.looseObject({ value: z.string(), description: z.string().nullish() })).nullish(),
  signing_alg: z.string().optional(),
  allow_offline_access: z.boolean().optional(),
  token_lifetime: z.number().optional(),
  token_lifetime_for_web: z.number().optional(),
  skip_consent_for_verifiable_first_party_clients: z.boolean().optional(),
  token_dialect: z.string().optional(),
  enforce_policies: z.boolean().optional(),
  token_encryption: z.unknown().optional(),
  subject_type_authorization: z.looseObject({ user: policy, client: policy }).nullish(),
});

/** An API (resource server) as the tenant describes it. */
export type Api = z.infer<typeof apiSchema>;

/** The plan for the API: the step to show, and the request body for the tenant. */
export type ApiPlan = {
  step: Step;
  findings: Finding[];
  existing: Api | undefined;
  body: Record<string, unknown>;
};

/** The API with this identifier. Undefined if the tenant does not have it. */
export function findApi(management: Management, identifier: string): Promise<Api | undefined> {
  return management.find(
    { method: 'GET', path: `/resource-servers/${encodeURIComponent(identifier)}` },
    apiSchema,
  );
}

/**
 * Plans the changes that the API needs for this server. Scopes are only added, never removed. Token lifetimes
 * are only shortened, to a day. Settings that the server does not depend on stay as they are (such as role-based access
 * once it is on).
 *
 * @param rbac whether users only get the scopes of their roles and assignments.
 * @param permissions those that tools name in addition to the scopes, with their descriptions.
 */
export function planApi(
  identifier: string,
  existing: Api | undefined,
  rbac: boolean,
  permissions: Map<string, string>,
): ApiPlan {
  const changes: Change[] = [];
  const body: Record<string, unknown> = {};
  const want = (property: keyof Api & string, to: string | boolean | number, why: string) => {
    const now = existing?.[property];
    if (now === to) return;
    body[property] = to;
    const from = now === undefined ? {} : { from: String(now) };
    changes.push({ property, ...from, to: String(to), why });
  };

  const present = existing?.scopes ?? [];
  const added = [
    ...allScopes.map((value) => ({ value, description: scopeDescriptions[value] })),
    ...[...permissions].map(([value, description]) => ({ value, description })),
  ].filter((each) => !present.some(({ value }) => value === each.value));
  if (added.length) {
    body.scopes = [...present, ...added];
    const from = present.length ? { from: present.map(({ value }) => value).join(' ') } : {};
    const to = [...present.map(({ value }) => value), ...added.map(({ value }) => value)].join(' ');
    changes.push({
      property: 'scopes',
      ...from,
      to,
      why: 'The scopes and permissions that the tools require.',
    });
  }
  want('signing_alg', 'RS256', 'The server verifies tokens with the tenant’s published keys.');
  want('allow_offline_access', true, 'Without refresh tokens, every client is signed out daily.');
  want(
    'skip_consent_for_verifiable_first_party_clients',
    true,
    'The server’s own page asks for consent. Auth0 does not need to ask again.',
  );
  want('token_dialect', 'rfc9068_profile_authz', 'Access tokens in the standard form (RFC 9068).');
  for (const property of ['token_lifetime', 'token_lifetime_for_web'] as const) {
    // A new API gets Auth0's defaults, a day and two hours. That the first is written shows it in the plan.
    const now = existing ? existing[property] : property === 'token_lifetime' ? Infinity : undefined;
    if (now !== undefined && now > longestTokenLifetimeSeconds)
      want(property, longestTokenLifetimeSeconds, 'At most a day: Auth0’s tokens cannot be revoked.');
  }
  if (rbac)
    want(
      'enforce_policies',
      true,
      'You chose --rbac or --roles: users only get the scopes assigned to them.',
    );
  const subjects = planSubjects(existing?.subject_type_authorization);
  if (subjects.changes.length) body.subject_type_authorization = subjects.value;
  changes.push(...subjects.changes);

  return {
    step: stepOf(`API ${identifier}`, existing !== undefined, changes),
    findings: warn(existing, rbac, [...permissions.keys()]),
    existing,
    body,
  };
}

/** Creates or changes the API. Does nothing if the plan has no changes. */
export async function applyApi(management: Management, identifier: string, plan: ApiPlan): Promise<void> {
  if (plan.step.action === 'keep') return;
  const { existing, body } = plan;
  if (existing) {
    await management.call(
      { method: 'PATCH', path: `/resource-servers/${existing.id}`, json: body },
      apiSchema,
    );
    return;
  }
  const json = { identifier, name: displayName(identifier), ...body };
  await management.call({ method: 'POST', path: '/resource-servers', json }, apiSchema);
}

function planSubjects(existing: Api['subject_type_authorization']) {
  const changes: Change[] = [];
  const value = { ...existing };
  const user = existing?.user?.policy;
  if (user !== 'allow_all') {
    value.user = { ...existing?.user, policy: 'allow_all' };
    changes.push({
      property: 'subject_type_authorization.user.policy',
      ...(user ? { from: user, loosens: true } : {}),
      to: 'allow_all',
      why: 'Each MCP client is a separate application, and newer tenants refuse them without this.',
    });
  }
  // An existing policy for applications stays: it does not affect users.
  if (existing?.client?.policy === undefined) {
    value.client = { ...existing?.client, policy: 'deny_all' };
    changes.push({
      property: 'subject_type_authorization.client.policy',
      to: 'deny_all',
      why: 'Only users get tokens. No application gets one for itself.',
    });
  }
  return { value, changes };
}

function warn(existing: Api | undefined, rbac: boolean, permissions: string[]): Finding[] {
  const findings: Finding[] = [];
  if (existing?.token_encryption)
    findings.push({
      level: 'problem',
      message: 'The API encrypts its access tokens, and this server cannot read them.',
      fix: 'Remove the token encryption from the API’s settings, or choose another identifier with --audience.',
    });
  if (existing?.enforce_policies || rbac)
    findings.push({
      level: 'note',
      message: 'Users only get the scopes of their roles and assignments (RBAC is on).',
      fix: `Assign ${baselineScopes.join(' and ')} to your users, for example through a role (--roles creates one).`,
    });
  else {
    findings.push({
      level: 'note',
      message: `No user can approve ${assignedScopes.join(' or ')}, because RBAC is off. Every user can approve the other scopes.`,
      fix: 'To assign scopes to users, run setup with --rbac.',
    });
    if (permissions.length)
      findings.push({
        level: 'warning',
        message: `Nobody has the permission ${permissions.join(', ')}, which tools need, because RBAC is off.`,
        fix: 'To assign permissions to users, run setup with --rbac, or with --roles to create roles too.',
      });
  }
  return findings;
}
