import { isInitializeRequest, isJSONRPCRequest } from '@modelcontextprotocol/server';
import { errorCodes, errorResponse, isInitialize, isNotification, isObject } from '../json-rpc.ts';
import type { RequestContext } from '../server/request-context.ts';
import { createServer } from '../server/server.ts';
import { withNamedMediaTypes } from './accept.ts';
import { cancelCall, forward, isForCall } from './client-messages.ts';
import {
  type FoundSession,
  keepLogLevel,
  openSession,
  sessionNotFound,
  terminate,
} from './request-session.ts';
import { forbidsBatches, namesModernRevision, namesUnknownRevision, withRevision } from './revision.ts';
import type { Session } from './session.ts';
import { resumeCall } from './streams/resume.ts';
import { parseChangeId, standingStream } from './streams/standing-stream.ts';
import { serveSubscriptions } from './streams/subscriptions.ts';
import { parseEventId } from './streams/wire-ids.ts';
import { SessionTransport } from './transport.ts';

/** After handlers must have answered, the time left for their answer to be sent. */
const answerMarginMs = 1_000;

/**
 * Serves a request of the legacy era (2025-11-25 and before).
 *
 * @param session what `findSession` found.
 * @throws StoreUnavailable if no correct answer is possible without the store.
 */
export async function serveLegacy(
  request: Request,
  message: unknown,
  session: FoundSession,
  context: RequestContext,
): Promise<Response> {
  // Asked by its method first: the SDK's check parses the whole message.
  if (isInitialize(message) && isInitializeRequest(message))
    return openSession(message, dispatch(request, message, undefined, context), context);
  if (namesUnknownRevision(request)) {
    // The modern era has only POST.
    if (request.method !== 'POST' && namesModernRevision(request)) return methodNotAllowed('POST');
    return errorResponse(400, errorCodes.refused, 'Bad Request: unsupported MCP-Protocol-Version');
  }
  if (isForCall(message)) return forward(message, context);
  if (request.method === 'DELETE') return terminate(request, context);

  if (session === 'not found') return sessionNotFound();
  if (request.method === 'GET') return stream(request, session, context);
  if (isNotification(message, 'notifications/cancelled')) return cancelCall(message, session?.id, context);
  const revised = withRevision(request, session);
  if (Array.isArray(message) && forbidsBatches(revised))
    return errorResponse(400, errorCodes.invalidRequest, 'Invalid Request: send one message at a time');

  const response = await dispatch(revised, message, session, context);
  if (session && isObject(message) && message.method === 'logging/setLevel' && response.ok)
    await keepLogLevel(session, message, context);
  return response;
}

/** Hands one message to a server created for it, in the session's state. */
async function dispatch(
  request: Request,
  message: unknown,
  session: Session | undefined,
  context: RequestContext,
): Promise<Response> {
  const { config, principalHash, authInfo, deadlineMs } = context;
  const server = createServer(context, 'legacy');
  if (config.standingStream) serveSubscriptions(server, config, principalHash, session?.id);
  const transport = isJSONRPCRequest(message)
    ? SessionTransport.forCall({
        config,
        principalHash,
        sessionId: session?.id,
        requestId: message.id,
        deadlineMs: deadlineMs + answerMarginMs,
      })
    : SessionTransport.plain();
  await server.connect(transport);
  if (session) await transport.restore(session);
  return transport.handleRequest(withNamedMediaTypes(request), { parsedBody: message, authInfo });
}

/** GET: the rest of a stream that the client lost, or the standing stream. */
function stream(request: Request, session: Session | undefined, context: RequestContext): Response {
  const { config, principal, principalHash, deadlineMs } = context;
  const lastEventId = request.headers.get('last-event-id');
  const call = lastEventId === null ? undefined : parseEventId(lastEventId);
  if (call && !call.end) return resumeCall(config, principalHash, call, deadlineMs);
  const from = lastEventId === null ? undefined : parseChangeId(lastEventId);
  if (lastEventId !== null && !call && !from)
    return errorResponse(400, errorCodes.refused, 'Bad Request: this server sent no event with this id');
  if (config.standingStream && session && !call)
    return standingStream(config, principal, { principalHash, sessionId: session.id, deadlineMs, from });
  return methodNotAllowed('POST, DELETE');
}

const methodNotAllowed = (allow: string) =>
  errorResponse(405, errorCodes.refused, 'Method Not Allowed', { allow });
