import { isLegacyRequest } from '@modelcontextprotocol/server';
import { challenge } from '../access-token/challenge.ts';
import { type Principal, principalHash } from '../access-token/principal.ts';
import type { Context } from '../http/endpoint.ts';
import { annotate, errorFields, log } from '../log.ts';
import type { Scope } from '../scopes.ts';
import { StoreUnavailable } from '../store/redis.ts';
import { withAgreeingHeaders } from './client-quirks.ts';
import type { Offer } from './define/offer.ts';
import { errorCodes, errorResponse, isObject, noteError, paramsOf } from './json-rpc.ts';
import { serveLegacy } from './legacy/serve.ts';
import { readMessage } from './message.ts';
import { serveModern } from './modern.ts';
import { authInfoOf } from './server/auth-info.ts';
import { answerBy } from './server/deadline.ts';
import type { RequestContext } from './server/request-context.ts';

/** Serves an authenticated request: reads the message, tells the era, hands it to that era's transport. */
export async function serve(
  original: Request,
  context: Context,
  principal: Principal,
  offer: Offer,
): Promise<Response> {
  const body = original.method === 'POST' ? await readMessage(original) : { message: undefined };
  if (body instanceof Response) return body;
  const { message } = body;
  const request = withAgreeingHeaders(original, message);
  const legacy = request.method !== 'POST' || (await isLegacyRequest(request, message));
  annotate({ era: legacy ? 'legacy' : 'modern', ...nameOf(message) });

  let refusedScopes: Scope[] | undefined;
  const serving: RequestContext = {
    config: context.config,
    principal,
    requestId: context.requestId,
    deadline: answerBy(),
    paramsOf: (id) => paramsOf([message].flat().find((each) => isObject(each) && each.id === id)),
    refuse: (scopes) => {
      refusedScopes = scopes;
    },
  };
  const authInfo = authInfoOf(principal, context.origin);
  const ph = principalHash(context.config, principal);
  const response = await (legacy
    ? serveLegacy(request, message, { offer, serving, authInfo, ph })
    : serveModern(request, message, { offer, serving, authInfo })
  ).catch(storeUnavailable);
  if (refusedScopes) return insufficientScope(context, refusedScopes);
  await noteRefusal(response);
  return response;
}

/** Longest JSON answer looked into: the SDK's errors are short. */
const longestError = 4_000;

/** The SDK writes its errors straight into the answer; only streamed ones pass our transport. */
async function noteRefusal(response: Response): Promise<void> {
  if (!response.headers.get('content-type')?.startsWith('application/json')) return;
  const text = await response.clone().text();
  if (text.length <= longestError && text.includes('"error"')) noteError(JSON.parse(text));
}

/** What cannot be done without the store is refused, so that the client can try again. */
function storeUnavailable(error: unknown): Response {
  if (!(error instanceof StoreUnavailable)) throw error;
  log('error', 'not served without store', errorFields(error));
  return errorResponse(503, errorCodes.internalError, 'The storage behind this is unavailable right now', {
    'retry-after': '1',
  });
}

/** RFC 6750 section 3.1: the answer that makes a client ask its user for more. */
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

/** Method and tool for the log; only names, never arguments. */
function nameOf(message: unknown): { rpc?: string; name?: string } {
  if (!isObject(message) || typeof message.method !== 'string') return {};
  const { name } = paramsOf(message);
  return { rpc: message.method.slice(0, 60), ...(typeof name === 'string' && { name: name.slice(0, 60) }) };
}
