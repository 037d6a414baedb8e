import { z } from 'zod';
import type { Management } from '../../management/management.ts';
import { type Application, listApplications } from '../application.ts';
import { displayName } from '../display-name.ts';
import type { Extra } from '../extra.ts';
import { type Change, type Finding, stepOf } from '../plan.ts';
import type { AccountsApplications, AccountsInput } from './input.ts';

const vaultGrant = 'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token';

/** What Token Vault asks of a client in addition to the grant type (Auth0 docs, Configure Token Vault). */
const conforming = { is_first_party: true, oidc_conformant: true };

/** Plans the custom API client as which the server obtains tokens from Token Vault. */
export async function planApiClient(
  { names, identifier, applications, secretOf }: AccountsInput,
  known: AccountsApplications,
): Promise<Extra> {
  const existing = standingFor(applications, identifier);
  const secret = existing && (await secretOf(existing.client_id));
  if (existing) known.apiClient = existing.client_id;
  const changes = changesTo(existing);
  const findings: Finding[] = [];
  if (existing && secret === undefined)
    findings.push({
      level: 'problem',
      message: `The secret of the application ${existing.client_id} is not known here.`,
      fix: 'Copy it from the application’s settings into AUTH0_API_CLIENT_SECRET, or use a token with read:client_keys.',
    });
  return {
    step: stepOf('custom API client for Token Vault', existing !== undefined, changes),
    findings,
    needs: [existing ? 'update:clients' : 'create:clients'],
    async apply(management) {
      // Another flag of the same run may have made it.
      const found = existing ?? standingFor(await listApplications(management), identifier);
      const client = found
        ? { client_id: found.client_id, client_secret: secret ?? (await secretOf(found.client_id)) ?? '' }
        : await create(management, identifier);
      if (found && changesTo(found).length > 0)
        await management.call(
          {
            method: 'PATCH',
            path: `/clients/${encodeURIComponent(found.client_id)}`,
            json: { ...conforming, grant_types: [...new Set([...(found.grant_types ?? []), vaultGrant])] },
          },
          z.unknown(),
        );
      known.apiClient = client.client_id;
      return {
        variables: [
          {
            name: 'AUTH0_API_CLIENT_ID',
            value: client.client_id,
            why: 'As which tools use accounts of users.',
          },
          ...(client.client_secret
            ? [
                {
                  name: 'AUTH0_API_CLIENT_SECRET',
                  value: client.client_secret,
                  secret: true,
                  why: 'Its secret.',
                },
              ]
            : []),
          {
            name: 'AUTH0_CONNECTED_ACCOUNTS',
            value: names.join(','),
            why: 'The connections whose accounts users may connect.',
          },
        ],
      };
    },
  };
}

function standingFor(applications: Application[], identifier: string): Application | undefined {
  return applications.find(
    (each) => each.app_type === 'resource_server' && each.resource_server_identifier === identifier,
  );
}

function changesTo(existing: Application | undefined): Change[] {
  const changes: Change[] = [];
  if (!existing)
    changes.push({
      property: 'app_type',
      to: 'resource_server',
      why: 'Only an application that stands for this API may exchange its tokens.',
    });
  if (!existing?.grant_types?.includes(vaultGrant))
    changes.push({
      property: 'grant_types',
      to: 'Token Vault',
      why: 'Turns the exchange on.',
      ...(existing && { loosens: true }),
    });
  if (existing && !(existing.is_first_party && existing.oidc_conformant))
    changes.push({
      property: 'oidc_conformant',
      to: 'true',
      why: 'Token Vault takes no other applications.',
    });
  return changes;
}

function create(management: Management, identifier: string) {
  return management.call(
    {
      method: 'POST',
      path: '/clients',
      json: {
        name: `${displayName(identifier)} (calls other APIs)`,
        app_type: 'resource_server',
        resource_server_identifier: identifier,
        token_endpoint_auth_method: 'client_secret_post',
        grant_types: [vaultGrant],
        ...conforming,
      },
    },
    z.looseObject({ client_id: z.string(), client_secret: z.string().min(1) }),
  );
}
