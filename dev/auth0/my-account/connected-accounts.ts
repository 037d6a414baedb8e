/**
 * The part of the My Account API that is about connected accounts, `/me/v1/connected-accounts/*`, in the shapes of its
 * OpenAPI document (auth0/docs-v2, `main/docs/oas/myaccount/myaccount-api-oas.json`). Refuses what the API refuses:
 *
 * - a token that is not the tenant's, has expired, is for another audience, or lacks the operation's scope;
 * - properties that a body does not have, and values outside their limits;
 * - a connection that is unknown, is not for connected accounts, or is not enabled for the application of the token;
 * - a `redirect_uri` that is not among the application's callbacks;
 * - at the end: an `auth_session` of another user or application or that has expired, a `connect_code` of another session
 *   or one that was used, another `redirect_uri`, and a wrong PKCE verifier;
 * - an account of another user.
 *
 * What Auth0 does not document is chosen here: the `type` of each error, and that connecting the same connection again
 * replaces the account.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createLocalJWKSet, jwtVerify } from 'jose';
import type { Context, Middleware } from 'koa';
import { z } from 'zod';
import { readBody } from '../body.ts';
import { matchPath } from '../management/route.ts';
import { randomAlphanumerics } from '../model/identifiers.ts';
import { type TenantState, tenantNowMs } from '../model/state.ts';
import type { ConnectedAccount } from '../model/vault.ts';
import { publicJwks } from '../signing-keys.ts';
import { accountsOf } from './vault.ts';

const base = '/me/v1/connected-accounts';
const ticketLifetimeSeconds = 300;
const pageSize = 20;

const connectBody = z
  .strictObject({
    connection: z.string().min(1).max(128),
    redirect_uri: z.url().max(2048),
    state: z.string().min(1).max(4096).optional(),
    code_challenge: z.string().min(43).max(128).optional(),
    code_challenge_method: z.literal('S256').optional(),
    scopes: z.array(z.string().min(1).max(255)).min(1).max(100).optional(),
    authorization_params: z.record(z.string(), z.unknown()).optional(),
  })
  .refine(({ scopes = [] }) => new Set(scopes).size === scopes.length, 'scopes must be unique')
  .refine((body) => !body.code_challenge || body.code_challenge_method, 'code_challenge_method is missing');

const completeBody = z.strictObject({
  auth_session: z.string().max(64),
  connect_code: z.string().min(1).max(46),
  redirect_uri: z.url().max(2048),
  code_verifier: z.string().min(43).max(128).optional(),
});

type Reply = { status: number; body?: object };
type Caller = { userId: string; clientId: string };

const problem = (status: number, title: string, detail: string): Reply => ({
  status,
  body: { type: `https://auth0.com/api-errors/A0E-${status}-0001`, title, status, detail },
});
const badRequest = (detail: string) => problem(400, 'Invalid Request', detail);

export function connectedAccounts(state: TenantState): Middleware {
  return async (ctx, next) => {
    if (!ctx.path.startsWith(`${base}/`)) return next();
    const { status, body } = await answer(state, ctx);
    ctx.status = status;
    ctx.set('Cache-Control', 'no-store');
    if (body) ctx.body = body;
  };
}

async function answer(state: TenantState, ctx: Context): Promise<Reply> {
  const account = matchPath(`${base}/accounts/:id`, ctx.path)?.id;
  const operation = account === undefined ? `${ctx.method} ${ctx.path.slice(base.length)}` : ctx.method;
  const withBody = async <T>(
    scope: string,
    schema: z.ZodType<T>,
    handle: (caller: Caller, body: T) => Reply,
  ) => {
    const caller = await authorized(state, ctx, scope);
    if ('status' in caller) return caller;
    const read = await readBody(ctx);
    if (read.kind !== 'json') return problem(415, 'Unsupported Media Type', 'Send application/json.');
    const parsed = schema.safeParse(read.value);
    if (!parsed.success) return badRequest(parsed.error.issues[0]?.message ?? 'Invalid body');
    return handle(caller, parsed.data);
  };
  switch (operation) {
    case 'POST /connect':
      return withBody('create', connectBody, (caller, body) => connect(state, caller, body));
    case 'POST /complete':
      return withBody('create', completeBody, (caller, body) => complete(state, caller, body));
    case 'GET /accounts': {
      const caller = await authorized(state, ctx, 'read');
      if ('status' in caller) return caller;
      const connection = ctx.query.connection;
      const accounts = accountsOf(
        state,
        caller.userId,
        typeof connection === 'string' ? connection : undefined,
      );
      return { status: 200, body: { accounts: accounts.slice(0, pageSize).map(visible) } };
    }
    case 'DELETE': {
      const caller = await authorized(state, ctx, 'delete');
      if ('status' in caller) return caller;
      if (!/^cac_[A-Za-z0-9]+$/.test(account ?? '')) return badRequest('The account ID is not valid.');
      // Somebody else’s is answered like one that is gone.
      const { vault } = state;
      vault.accounts = vault.accounts.filter(({ id, userId }) => id !== account || userId !== caller.userId);
      return { status: 204 };
    }
    default:
      return problem(404, 'Not Found', 'There is no such operation.');
  }
}

/** Whose token this is, and of which application; or why it is refused. */
async function authorized(state: TenantState, ctx: Context, verb: string): Promise<Caller | Reply> {
  const token = /^Bearer (\S+)$/i.exec(ctx.get('Authorization'))?.[1] ?? '';
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(publicJwks(state.keys)), {
      issuer: state.issuer,
      audience: `${state.issuer}me/`,
      currentDate: new Date(tenantNowMs(state)),
    });
    const scope = `${verb}:me:connected_accounts`;
    if (
      !String(payload.scope ?? '')
        .split(' ')
        .includes(scope)
    )
      return problem(403, 'Insufficient Scope', `The token lacks the scope ${scope}.`);
    return { userId: payload.sub ?? '', clientId: String(payload.azp ?? payload.client_id) };
  } catch {
    return problem(401, 'Invalid Token', 'The token is not valid for this API.');
  }
}

function connect(state: TenantState, { userId, clientId }: Caller, body: z.infer<typeof connectBody>): Reply {
  const connection = state.connections.find(({ name }) => name === body.connection);
  if (!connection) return badRequest('The connection does not exist.');
  if (!connection.connected_accounts?.active || !state.vault.providers.has(connection.name))
    return badRequest('Connected Accounts is not enabled for the connection.');
  if (!connection.enabled.has(clientId)) return badRequest('The connection is not enabled for the client.');
  if (!state.applications.get(clientId)?.callbacks?.includes(body.redirect_uri))
    return badRequest('The redirect_uri is not allowed for the client.');
  const ticket = randomUUID();
  const authSession = randomBytes(48).toString('base64url');
  state.vault.requests.set(ticket, {
    ...{ userId, clientId, connection: connection.name, authSession },
    scopes: body.scopes ?? [],
    redirectUri: body.redirect_uri,
    state: body.state,
    codeChallenge: body.code_challenge,
    expiresAtMs: tenantNowMs(state) + ticketLifetimeSeconds * 1000,
  });
  return {
    status: 201,
    body: {
      auth_session: authSession,
      connect_uri: `${state.origin}/connected-accounts/connect`,
      connect_params: { ticket },
      expires_in: ticketLifetimeSeconds,
    },
  };
}

function complete(
  state: TenantState,
  { userId, clientId }: Caller,
  body: z.infer<typeof completeBody>,
): Reply {
  const { vault } = state;
  const [ticket, request] =
    [...vault.requests].find(([, { authSession }]) => authSession === body.auth_session) ?? [];
  if (!ticket || !request?.tokens || request.expiresAtMs <= tenantNowMs(state))
    return badRequest('The auth_session is not valid or has expired.');
  if (request.userId !== userId || request.clientId !== clientId)
    return problem(403, 'Forbidden', 'The auth_session belongs to another user or client.');
  const challenge = createHash('sha256')
    .update(body.code_verifier ?? '')
    .digest('base64url');
  if (
    request.connectCode !== body.connect_code ||
    request.redirectUri !== body.redirect_uri ||
    (request.codeChallenge !== undefined && request.codeChallenge !== challenge)
  )
    return badRequest('The connect_code is not valid for this request.');
  vault.requests.delete(ticket);
  const account: ConnectedAccount = {
    id: `cac_${randomAlphanumerics(22)}`,
    userId,
    connection: request.connection,
    createdAt: new Date(tenantNowMs(state)).toISOString(),
    tokens: request.tokens,
  };
  vault.accounts = [
    ...vault.accounts.filter((each) => each.userId !== userId || each.connection !== account.connection),
    account,
  ];
  return { status: 201, body: visible(account) };
}

function visible({ id, connection, createdAt, tokens }: ConnectedAccount): object {
  return { id, connection, access_type: 'offline', scopes: tokens.scopes, created_at: createdAt };
}
