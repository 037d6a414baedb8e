import { z } from 'zod';
import type { Management } from '../management/management.ts';
import type { ApplicationSecret } from './application-secret.ts';
import { displayName } from './display-name.ts';
import type { KnownApplication } from './known-application.ts';
import { type Change, type Finding, type Step, stepOf } from './plan.ts';

const applicationSchema = z.looseObject({
  client_id: z.string(),
  name: z.string().optional(),
  app_type: z.string().optional(),
  grant_types: z.array(z.string()).optional(),
  token_endpoint_auth_method: z.string().nullish(),
  client_metadata: z.record(z.string(), z.unknown()).nullish(),
  /** Of a custom API client: the API that it stands for, and what it may exchange. */
  resource_server_identifier: z.string().nullish(),
  token_exchange: z.unknown().optional(),
  is_first_party: z.boolean().optional(),
  oidc_conformant: z.boolean().optional(),
});

/** An application as the tenant lists it. */
export type Application = z.infer<typeof applicationSchema>;

export type ApplicationPlan = {
  step: Step;
  findings: Finding[];
  existing: Application | undefined;
  /** Undefined if the application does not exist yet. */
  clientSecret: string | undefined;
  /** Whether setup created it. If so, setup may also remove permissions. */
  ours: boolean;
  body: Record<string, unknown>;
};

/** The `client_metadata` key by which a later run finds the application. Its value is the API's identifier. */
const marker = 'mcp_management_for';

/** All applications of the tenant, 100 per call, without their secrets. */
export async function listApplications(management: Management): Promise<Application[]> {
  const fields =
    'client_id,name,app_type,grant_types,token_endpoint_auth_method,client_metadata,resource_server_identifier,token_exchange,is_first_party,oidc_conformant';
  const all: Application[] = [];
  for (let page = 0; ; page++) {
    const query = { page: String(page), per_page: '100', fields, include_fields: 'true' };
    const some = await management.call(
      { method: 'GET', path: '/clients', query },
      z.array(applicationSchema),
    );
    all.push(...some);
    if (some.length < 100) return all;
  }
}

/**
 * Plans the application with which the server uses the Management API: the configured one, or the one that an earlier
 * run created for this API, or a new one.
 *
 * @param input.secretOf finds the secret of an existing application.
 */
export async function planApplication(input: {
  identifier: string;
  known: KnownApplication | undefined;
  applications: Application[];
  secretOf: (clientId: string) => Promise<ApplicationSecret>;
}): Promise<ApplicationPlan> {
  const { identifier, known, applications } = input;
  const marked = applications.find(({ client_metadata }) => client_metadata?.[marker] === identifier);
  const existing = applications.find(({ client_id }) => client_id === known?.clientId) ?? marked;
  const name = displayName(identifier);
  const findings: Finding[] = [];
  if (known && existing?.client_id !== known.clientId)
    findings.push(
      known.chosen
        ? {
            level: 'problem',
            message: `The tenant has no application ${known.clientId}.`,
            fix: 'Check --application.',
          }
        : {
            level: 'warning',
            message: `The configured AUTH0_CLIENT_ID ${known.clientId} is not an application of this tenant. Setup uses another one.`,
          },
    );
  if (!existing) {
    const why = 'The server registers MCP clients with it. Nothing else uses it.';
    const step = stepOf(`application ${name}`, false, [{ property: 'app_type', to: 'non_interactive', why }]);
    const body = {
      name,
      description: 'Lets the MCP server register its clients through the Management API.',
      app_type: 'non_interactive',
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'client_secret_post',
      client_metadata: { [marker]: identifier },
    };
    return { step, findings, existing, clientSecret: undefined, ours: true, body };
  }

  const { changes, body } = adjust(existing);
  const secret = await input.secretOf(existing.client_id);
  if ('finding' in secret) findings.push(secret.finding);
  return {
    step: stepOf(`application ${existing.name ?? name} (${existing.client_id})`, true, changes),
    findings,
    existing,
    clientSecret: 'value' in secret ? secret.value : undefined,
    ours: existing.client_metadata?.[marker] === identifier,
    body,
  };
}

/** Creates or changes the application and returns its credentials. */
export async function applyApplication(
  management: Management,
  plan: ApplicationPlan,
): Promise<{ clientId: string; clientSecret: string }> {
  const { existing, clientSecret } = plan;
  if (!existing) {
    const schema = z.looseObject({ client_id: z.string(), client_secret: z.string().min(1) });
    const created = await management.call({ method: 'POST', path: '/clients', json: plan.body }, schema);
    return { clientId: created.client_id, clientSecret: created.client_secret };
  }
  if (plan.step.action === 'change')
    await management.call(
      { method: 'PATCH', path: `/clients/${existing.client_id}`, json: plan.body },
      applicationSchema,
    );
  return { clientId: existing.client_id, clientSecret: clientSecret ?? '' };
}

function adjust(existing: Application): { changes: Change[]; body: Record<string, unknown> } {
  const changes: Change[] = [];
  const body: Record<string, unknown> = {};
  const grants = existing.grant_types ?? [];
  if (!grants.includes('client_credentials')) {
    body.grant_types = [...grants, 'client_credentials'];
    const why = 'The server gets its Management API token with client credentials.';
    changes.push({
      property: 'grant_types',
      from: grants.join(' '),
      to: [...grants, 'client_credentials'].join(' '),
      why,
    });
  }
  const method = existing.token_endpoint_auth_method;
  if (method === 'none') {
    body.token_endpoint_auth_method = 'client_secret_post';
    const why = 'Client credentials require an application with a secret.';
    changes.push({ property: 'token_endpoint_auth_method', from: method, to: 'client_secret_post', why });
  }
  return { changes, body };
}
