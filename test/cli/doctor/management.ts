import type { Tenant } from '../../../dev/auth0/tenant.ts';
import { readLocalEnvironment } from '../../../dev/environment.ts';

/** Calls the tenant's Management API as the server's application; rejects unless it succeeds. */
export async function callManagement(tenant: Tenant, method: string, path: string, body?: unknown) {
  const { AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET } = readLocalEnvironment();
  const granted = await fetch(`${tenant.origin}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: AUTH0_CLIENT_ID,
      client_secret: AUTH0_CLIENT_SECRET,
      audience: `${tenant.origin}/api/v2/`,
    }),
  });
  const { access_token } = (await granted.json()) as { access_token: string };
  const response = await fetch(`${tenant.origin}/api/v2${path}`, {
    method,
    headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.status === 204 ? undefined : response.json();
}
