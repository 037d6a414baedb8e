import { z } from 'zod';
import { CommandFailure } from '../failure.ts';
import { ask, type Management } from '../management/management.ts';
import { missingScopes } from '../management/refusal.ts';
import { planAccounts } from './accounts/accounts.ts';
import { type ApiPlan, findApi, planApi } from './api.ts';
import { type ApplicationPlan, listApplications, planApplication } from './application.ts';
import { findSecret, readSecret } from './application-secret.ts';
import { type ClientGrantPlan, findClientGrant, planClientGrant } from './client-grant.ts';
import { checkConnections, listConnections } from './connections.ts';
import { planDownstream } from './downstream.ts';
import type { Extra } from './extra.ts';
import { planMachineClient } from './machine-client.ts';
import { checkOrganizations, scopesFor } from './organizations.ts';
import type { Finding, Step } from './plan.ts';
import { planRoles, readScopesOf } from './roles.ts';
import type { Settings } from './settings.ts';
import { checkTenantSettings, readTenantSettings } from './tenant-settings.ts';

/** The plan for the tenant: what exists, compared with what the server needs. */
export type TenantPlan = {
  api: ApiPlan;
  application: ApplicationPlan;
  clientGrant: ClientGrantPlan;
  /** What flags asked for in addition. */
  extras: Extra[];
  findings: Finding[];
};

const readScopes = ['read:resource_servers', 'read:clients', 'read:client_grants', 'read:connections'];

/** Throws `CommandFailure` unless an Auth0 tenant answers at this address. */
export async function checkTenantAnswers(tenant: string): Promise<void> {
  const { status, body } = await ask(tenant, { method: 'GET', path: '/.well-known/openid-configuration' });
  const metadata = z.object({ issuer: z.string(), token_endpoint: z.string() });
  if (status === 200 && metadata.safeParse(body).success) return;
  throw new CommandFailure(
    `There is no Auth0 tenant at ${tenant}.`,
    'Copy the domain from an application’s settings in the dashboard. It includes the region, such as acme.eu.auth0.com.',
  );
}

/** Reads the tenant and plans the changes. Changes nothing. */
export async function planTenant(
  management: Management,
  scopes: Set<string>,
  settings: Settings,
): Promise<TenantPlan> {
  const {
    tenant,
    managementAudience,
    identifier,
    known,
    connections,
    rbac,
    roles,
    permissions,
    organizations,
  } = settings;
  requireScopes(scopes, [...readScopes, ...readScopesOf(roles)]);
  const api = planApi(identifier, await findApi(management, identifier), rbac, permissions);
  const applications = await listApplications(management);
  const access = {
    origin: tenant,
    managementAudience,
    management,
    mayReadSecrets: scopes.has('read:client_keys'),
  };
  const application = await planApplication({
    identifier,
    known,
    applications,
    secretOf: (clientId) => findSecret(access, known, clientId),
  });
  const clientId = application.existing?.client_id;
  const grant = clientId ? await findClientGrant(management, clientId, managementAudience) : undefined;
  const clientGrant = planClientGrant(grant, application.ours, scopesFor(organizations));
  const extras = await planExtras();
  const tenantSettings = scopes.has('read:tenant_settings')
    ? await readTenantSettings(management)
    : undefined;
  requireScopes(scopes, [
    ...writeScopes(api.step, 'resource_servers'),
    ...writeScopes(application.step, 'clients'),
    ...writeScopes(clientGrant.step, 'client_grants'),
    ...extras.flatMap(({ step, needs }) => (step.action === 'keep' ? [] : needs)),
  ]);

  async function planExtras(): Promise<Extra[]> {
    const { machineClient, downstream, accounts, serverUrl, knownApiClientSecret } = settings;
    const apiClientSecret = async (clientId: string) =>
      access.mayReadSecrets ? await readSecret(management, clientId) : knownApiClientSecret;
    const extras: Extra[] = [];
    if (machineClient)
      extras.push(
        await planMachineClient(management, {
          request: machineClient,
          identifier,
          applications,
          api: api.existing,
        }),
      );
    if (downstream)
      extras.push(
        await planDownstream(management, {
          request: downstream,
          identifier,
          applications,
          secretOf: apiClientSecret,
        }),
      );
    if (accounts)
      extras.push(
        ...(await planAccounts(management, {
          names: accounts,
          ...{ tenant, identifier, serverUrl, applications },
          secretOf: apiClientSecret,
        })),
      );
    if (roles)
      extras.push(
        ...(await planRoles(management, {
          request: roles,
          identifier,
          permissions: [...permissions.keys()],
        })),
      );
    return extras;
  }

  return {
    api,
    application,
    clientGrant,
    extras,
    findings: [
      ...api.findings,
      ...application.findings,
      ...clientGrant.findings,
      ...extras.flatMap((each) => each.findings),
      ...checkConnections(connections, await listConnections(management)),
      ...checkTenantSettings(tenantSettings, identifier),
      ...(await checkOrganizations(management, scopes, organizations)),
      {
        level: 'note',
        message: `Applications in the tenant: ${applications.length}. Each distinct MCP client adds one. Free plans allow 10.`,
      },
    ],
  };
}

function writeScopes({ action }: Step, entity: string): string[] {
  if (action === 'keep') return [];
  return [`${action === 'create' ? 'create' : 'update'}:${entity}`];
}

function requireScopes(held: Set<string>, needed: string[]): void {
  const missing = needed.filter((scope) => !held.has(scope));
  if (missing.length) throw missingScopes(missing);
}
