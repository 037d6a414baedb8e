import { z } from 'zod';
import { apiClientMissing, apiClientOf, createApiClient, secretUnknown } from '../api-client.ts';
import { type Application, listApplications } from '../application.ts';
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
  const existing = apiClientOf(applications, identifier);
  const secret = existing && (await secretOf(existing.client_id));
  if (existing) known.apiClient = existing.client_id;
  const changes = changesTo(existing);
  const findings: Finding[] = [];
  if (existing && secret === undefined) findings.push(secretUnknown(existing));
  return {
    step: stepOf('custom API client for Token Vault', existing !== undefined, changes),
    findings,
    needs: [existing ? 'update:clients' : 'create:clients'],
    async apply(management) {
      // Another flag of the same run may have made it.
      const found = existing ?? apiClientOf(await listApplications(management), identifier);
      const client = found
        ? { client_id: found.client_id, client_secret: secret ?? (await secretOf(found.client_id)) ?? '' }
        : await createApiClient(management, identifier, { grant_types: [vaultGrant], ...conforming });
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

function changesTo(existing: Application | undefined): Change[] {
  const changes: Change[] = [];
  if (!existing) changes.push(apiClientMissing);
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
