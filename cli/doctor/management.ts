import { textMember } from './member.ts';
import { type Answer, type NoAnswer, probe, type Request } from './probe.ts';

/** How the doctor reaches an Auth0 tenant, and which API and connections to check there. */
export type TenantCredentials = {
  /** The tenant's origin, without a trailing slash. */
  domain: string;
  clientId: string;
  clientSecret: string;
  /** The Management API's identifier. */
  managementAudience: string;
  connections: string[];
  /** The API's identifier. Undefined: the origin of the examined URL. */
  audience: string | undefined;
  /** How the server uses organizations (`ORGANIZATIONS`); undefined if it knows none. */
  organizations?: 'optional' | 'required' | undefined;
  /** Permissions of the API that tools name. Rejects if the tools cannot be loaded. */
  permissions(): Promise<string[]>;
  /** The custom API client. Undefined: no tool calls another API. */
  apiClientId: string | undefined;
  /** Connections whose accounts users may connect. */
  connectedAccounts: string[];
};

/** The tenant's Management API, with a token for it. */
export type Management = {
  token: string;
  scopes: string[];
  /** Sends one request relative to `/api/v2`, and repeats it once if the tenant limits its rate. */
  ask(path: string, request?: Pick<Request, 'method' | 'body'>): Promise<Answer | NoAnswer>;
};

/** Wait before the repetition of a rate-limited request. Free tenants allow two requests a second. */
const retryDelayMs = 1500;

/** Gets a Management API token with client credentials (RFC 6749 section 4.4). Returns the tenant's answer if it refuses. */
export async function openManagement(
  { domain, clientId, clientSecret, managementAudience }: TenantCredentials,
  timeoutMs: number,
): Promise<Management | { refused: Answer | NoAnswer }> {
  const answer = await probe(`${domain}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      audience: managementAudience,
    }),
    timeoutMs,
  });
  const token =
    'failed' in answer || answer.status !== 200 ? undefined : textMember(answer.json, 'access_token');
  if ('failed' in answer || token === undefined) return { refused: answer };
  const ask: Management['ask'] = async (path, request) => {
    const headers = { authorization: `Bearer ${token}` };
    const send = () => probe(`${domain}/api/v2${path}`, { headers, timeoutMs, ...request });
    const first = await send();
    if ('failed' in first || first.status !== 429) return first;
    await new Promise((done) => setTimeout(done, retryDelayMs));
    return send();
  };
  return { token, scopes: textMember(answer.json, 'scope')?.split(' ') ?? [], ask };
}
