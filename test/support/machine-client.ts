import type { Stack } from '../../dev/stack.ts';
import { manageTenant } from './manage-tenant.ts';

type MachineStack = Pick<Stack, 'tenant' | 'env'>;

/** Registers a machine client with a secret, as `npm run setup -- --machine-client` does. */
export async function machineClientWithSecret(stack: MachineStack, scope: string[], name = 'Nightly report') {
  const manage = await manageTenant(stack);
  const audience = stack.env.SERVER_URL ?? '';
  await manage('PATCH', `resource-servers/${encodeURIComponent(audience)}`, {
    subject_type_authorization: { user: { policy: 'allow_all' }, client: { policy: 'require_client_grant' } },
  });
  const { client_id: clientId, client_secret: clientSecret } = await manage('POST', 'clients', {
    name,
    app_type: 'non_interactive',
    grant_types: ['client_credentials'],
    token_endpoint_auth_method: 'client_secret_post',
  });
  await manage('POST', 'client-grants', { client_id: clientId, audience, scope });
  return { clientId: String(clientId), clientSecret: String(clientSecret) };
}

/** Registers a machine client that signs assertions with a key; its id. */
export async function machineClientWithKey(stack: MachineStack, key: object, scopes: string, changes = {}) {
  const manage = await manageTenant(stack);
  const { client_id: clientId } = await manage('POST', 'clients', {
    name: 'Nightly report',
    app_type: 'non_interactive',
    grant_types: [],
    client_metadata: {
      machine_client_of: stack.env.SERVER_URL ?? '',
      scopes,
      key: JSON.stringify(key),
      ...changes,
    },
  });
  return String(clientId);
}
