import { type Examination, keepSecret, patience } from '../examination.ts';
import { textMember } from '../member.ts';
import { type Answer, type NoAnswer, probe, type Request } from '../probe.ts';
import type { TenantCredentials } from './credentials.ts';

/** Milliseconds to wait before asking once more where the tenant limits requests (free tenants: 2 a second). */
const retryDelay = 1500;

/** The tenant's Management API with a token. */
export type Management = {
  scopes: string[];
  /** One request below `/api/v2`, repeated once when it was one too many. */
  ask(path: string, request?: Pick<Request, 'method' | 'body'>): Promise<Answer | NoAnswer>;
};

/** Opens the Management API by client credentials; the tenant's answer when it refuses. */
export async function openManagement(
  examination: Examination,
  { domain, clientId, clientSecret, managementAudience }: TenantCredentials,
): Promise<Management | { refused: Answer | NoAnswer }> {
  const timeout = patience(examination);
  const answer = await probe(`${domain}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      audience: managementAudience,
    }),
    timeout,
  });
  const token =
    'failed' in answer || answer.status !== 200 ? undefined : textMember(answer.json, 'access_token');
  if ('failed' in answer || token === undefined) return { refused: answer };
  keepSecret(examination, token);
  const ask: Management['ask'] = async (path, request) => {
    const send = () =>
      probe(`${domain}/api/v2${path}`, {
        headers: { authorization: `Bearer ${token}` },
        timeout,
        ...request,
      });
    const first = await send();
    if ('failed' in first || first.status !== 429) return first;
    await new Promise((done) => setTimeout(done, retryDelay));
    return send();
  };
  return { scopes: textMember(answer.json, 'scope')?.split(' ') ?? [], ask };
}
