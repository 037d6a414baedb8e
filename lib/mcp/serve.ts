import {
  isLegacyRequest,
  PROTOCOL_VERSION_META_KEY,
  SUPPORTED_PROTOCOL_VERSIONS,
} from '@modelcontextprotocol/server';
import type { Authenticated } from '../access-token/authenticate.ts';
import { challenge } from '../access-token/challenge.ts';
import type { Context } from '../http/endpoint.ts';
import { annotate, errorFields, log } from '../log.ts';
import { organizationInPath } from '../organizations/address.ts';
import { mcpResource } from '../origin.ts';
import type { Scope } from '../scopes.ts';
import { StoreUnavailable } from '../store/redis.ts';
import { identityFor, withAgreeingHeaders } from './client-quirks.ts';
import type { Offer } from './define/offer.ts';
import * as registered from './extensions/registered.ts';
import { errorCodes, errorResponse, isObject, noteError, paramsOf } from './json-rpc.ts';
import { findSession } from './legacy/request-session.ts';
import { serveLegacy } from './legacy/serve.ts';
import { refuseLongNames } from './long-names.ts';
import { readMessage } from './message.ts';
import { serveModern } from './modern.ts';
import { respondThrough } from './server/additions.ts';
import { authInfoOf } from './server/auth-info.ts';
import { handlerDeadlineMs } from './server/deadline.ts';
import { type Extension, extend } from './server/extension.ts';
import type { RequestContext } from './server/request-context.ts';

const extensions: readonly Extension[] = Object.values(registered);

/** Serves an authenticated request: reads the message, detects its era, and hands it to that era's transport. */
export async function serve(
  original: Request,
  endpointContext: Context,
  authenticated: Authenticated,
  offer: Offer,
): Promise<Response> {
  const { config, origin, requestId } = endpointContext;
  const { principalHash, grant } = authenticated;
  const body = original.method === 'POST' ? await readMessage(original) : { message: undefined };
  if (body instanceof Response) {
    const principal = await authenticated.confirm();
    return principal instanceof Response ? principal : body;
  }
  const { message } = body;
  const request = withAgreeingHeaders(original, message);
  const legacy = await isLegacy(request, message);

  // Whether the token still holds and the session that the request is in: one round trip to the store, if any.
  const [principal, session] = await Promise.all([
    authenticated.confirm(),
    legacy ? findSession(request, message, { config, principalHash }) : undefined,
  ]);
  if (principal instanceof Response) return principal;
  const era = legacy ? 'legacy' : 'modern';
  annotate({ era, ...nameOf(message) });

  let refusedScopes: Scope[] | undefined;
  const context: RequestContext = {
    config,
    offer: { ...offer, identity: identityFor(request, message, offer.identity, origin) },
    principal,
    principalHash,
    grant,
    authInfo: authInfoOf(principal, mcpResource(origin, organizationInPath(endpointContext.url.pathname))),
    requestId,
    extended: [],
    deadlineMs: handlerDeadlineMs(),
    paramsOf: (id) => paramsOf([message].flat().find((each) => isObject(each) && each.id === id)),
    refuse: (scopes) => {
      refusedScopes = scopes;
    },
  };
  const initialize = typeof session === 'object' ? session.initialize : undefined;
  context.extended = extend(extensions, { request, message, era, context }, initialize);
  const response = await respondThrough(
    context.extended,
    async () =>
      refuseLongNames(message) ??
      (legacy
        ? serveLegacy(request, message, session, context)
        : serveModern(request, message, context)
      ).catch(storeUnavailable),
  );
  if (refusedScopes) return insufficientScope(endpointContext, refusedScopes);
  return withErrorLogged(response);
}

/**
 * Whether a request is of the legacy era, as the SDK decides it. The SDK parses the message several times, so two clear cases
 * are decided here: a message with the modern envelope is modern, even if it is invalid, and a plain request that names
 * a legacy revision is legacy.
 */
async function isLegacy(request: Request, message: unknown): Promise<boolean> {
  if (request.method !== 'POST') return true;
  if (isObject(message) && typeof message.method === 'string') {
    const { _meta } = paramsOf(message);
    if (isObject(_meta) && PROTOCOL_VERSION_META_KEY in _meta) return false;
    const revision = request.headers.get('mcp-protocol-version') ?? '';
    if (isPlain(message) && SUPPORTED_PROTOCOL_VERSIONS.includes(revision)) return true;
  }
  return isLegacyRequest(request, message);
}

/** Whether a message has nothing but what every request may have, so that no schema can refuse it. */
function isPlain({ jsonrpc, id, method, params, ...others }: Record<string, unknown>): boolean {
  return (
    jsonrpc === '2.0' &&
    (id === undefined || typeof id === 'string' || Number.isSafeInteger(id)) &&
    method !== undefined &&
    (params === undefined || (isObject(params) && params._meta === undefined)) &&
    Object.keys(others).length === 0
  );
}

/** Longer JSON answers are not searched for an error: the SDK's errors are short. */
const maxErrorCharacters = 4_000;

/** The same response. Logs an error that the SDK wrote directly into it: only streamed ones pass through our transport. */
async function withErrorLogged(response: Response): Promise<Response> {
  if (!response.headers.get('content-type')?.startsWith('application/json')) return response;
  const text = await response.text();
  if (text.length <= maxErrorCharacters && text.includes('"error"')) noteError(JSON.parse(text));
  return new Response(text, response);
}

/** A request that needs the store is refused if the store is unavailable, so that the client can try again. */
function storeUnavailable(error: unknown): Response {
  if (!(error instanceof StoreUnavailable)) throw error;
  log('error', 'not served without store', errorFields(error));
  return errorResponse(503, errorCodes.internalError, 'The storage behind this is unavailable right now', {
    'retry-after': '1',
  });
}

/** The response that makes a client ask its user for more scopes (RFC 6750 section 3.1). */
function insufficientScope(context: Context, scopes: Scope[]): Response {
  annotate({ outcome: 'insufficient_scope' });
  const description = 'This needs permissions that were not granted';
  return Response.json(
    { error: 'insufficient_scope', error_description: description, scope: scopes.join(' ') },
    {
      status: 403,
      headers: {
        'www-authenticate': challenge(context, { error: 'insufficient_scope', description, scopes }),
        'cache-control': 'no-store',
      },
    },
  );
}

/** Method and tool for the log: names only, never arguments. */
function nameOf(message: unknown): { rpc?: string; name?: string } {
  if (!isObject(message) || typeof message.method !== 'string') return {};
  const { name } = paramsOf(message);
  return { rpc: message.method.slice(0, 60), ...(typeof name === 'string' && { name: name.slice(0, 60) }) };
}
