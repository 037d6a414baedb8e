import type { Stack } from '../../../dev/stack.ts';
import type { SignInOptions } from '../../support/browser-user.ts';
import { type Answer, modern, poster } from '../../support/mcp-request.ts';
import { oauthClient, type Tokens } from '../../support/oauth-client.ts';

/** Instances of the server in these tests. */
export const instanceCount = 2;

const instances = Array.from({ length: instanceCount }, (_, instance) => instance);

/** A deployment of the server. */
type Server = Pick<Stack, 'serverUrl'>;

/** What a client has, wherever it got it. */
type HeldTokens = Pick<Tokens, 'access_token'> & Partial<Tokens>;

/** A client that has signed in, to use its tokens at the instance of one's choice. */
export type Connection = ReturnType<typeof connection>;

/** Registers the test client and signs in. */
export async function connect(stack: Server, options: SignInOptions = {}): Promise<Connection> {
  const client = oauthClient(stack.serverUrl);
  const clientId = await client.register();
  return connection(stack, clientId, await client.tokens(clientId, options));
}

/** A connection whose tokens the client has already. */
export function connection(stack: Server, clientId: string, tokens: HeldTokens) {
  let turn = 0;
  const post = (path: string, fields: Record<string, string>, instance: number) =>
    fetch(stack.serverUrl + path, {
      method: 'POST',
      headers: { 'x-local-instance': String(instance) },
      body: new URLSearchParams({ client_id: clientId, ...fields }),
    });

  /** Calls a tool with the access token, at the next instance unless one is named. */
  function call(name = 'whoami', args: Record<string, unknown> = {}, instance = turn++ % instanceCount) {
    const [body, headers] = modern('tools/call', { name, arguments: args });
    return poster(stack, tokens.access_token)(body, { ...headers, 'x-local-instance': String(instance) });
  }

  return {
    clientId,
    tokens,
    call,
    /** The status of a call at each instance. */
    everywhere: () =>
      Promise.all(instances.map(async (instance) => (await call('whoami', {}, instance)).status)),
    /** A refresh, at the first instance unless another is named. */
    refresh: (refreshToken = tokens.refresh_token ?? '', instance = 0) =>
      post('/oauth/token', { grant_type: 'refresh_token', refresh_token: refreshToken }, instance),
    /** A revocation, at the first instance. */
    revoke: (token: string) => post('/oauth/revoke', { token }, 0),
    /** The same client with other tokens. */
    with: (others: Tokens) => connection(stack, clientId, others),
  };
}

/** The answer at every instance while the connection works. */
export const works = instances.map(() => 200);

/** The answer at every instance once the user must sign in again. */
export const signedOut = instances.map(() => 401);

/** The answer at every instance while the token cannot be checked. */
export const uncheckable = instances.map(() => 503);

/** Status and error of an OAuth answer. */
export async function refusalOf(response: Response): Promise<[status: number, error: string]> {
  const { error } = (await response.json()) as { error: string };
  return [response.status, error];
}

/** The tokens in an answer; fails if it has none. */
export async function tokensOf(response: Response): Promise<Tokens> {
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status} ${text}`);
  return JSON.parse(text);
}

/** Loses everything that the store held, as when its database is deleted. */
export async function emptyStore({ env }: Pick<Stack, 'env'>): Promise<void> {
  const headers = { authorization: `Bearer ${env.UPSTASH_REDIS_REST_TOKEN}` };
  const body = JSON.stringify(['FLUSHALL']);
  const answer = await fetch(env.UPSTASH_REDIS_REST_URL ?? '', { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(`the store was not emptied: ${answer.status}`);
}

/** The tools' own answer. */
export const contentOf = (answer: Answer) => answer.last.result?.structuredContent;

/** How often the tenant has been asked about a grant or a code so far. */
export const tenantCalls = ({ tenant }: Stack) =>
  tenant.requests.filter(({ method, path }) => method === 'POST' && path === '/oauth/token').length;
