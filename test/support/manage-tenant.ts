import type { Stack } from '../../dev/stack.ts';

/** Calls the tenant's Management API. The parsed answer, undefined if it has no body. Rejects unless the status is 2xx. */
// biome-ignore lint/suspicious/noExplicitAny: as `Response.json()`, whose answers tests read without checking them.
export type ManageTenant = (method: string, path: string, body?: unknown) => Promise<any>;

/** Opens the Management API of the stack's tenant, as its owner's scripts would. */
export async function manageTenant({ tenant, env }: Pick<Stack, 'tenant' | 'env'>): Promise<ManageTenant> {
  const api = `${tenant.issuer}api/v2/`;
  const issued = await fetch(`${tenant.origin}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: env.AUTH0_CLIENT_ID ?? '',
      client_secret: env.AUTH0_CLIENT_SECRET ?? '',
      audience: api,
    }),
  });
  const { access_token: token } = (await issued.json()) as { access_token: string };
  return async (method, path, body) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const response = await fetch(api + path, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
}
