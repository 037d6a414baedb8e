import { isInitializeRequest, isJSONRPCRequest } from '@modelcontextprotocol/server';
import { annotate, errorFields, log } from '../../log.ts';
import { StoreUnavailable } from '../../store/redis.ts';
import { errorCodes, errorResponse, isObject, paramsOf } from '../json-rpc.ts';
import { createServer } from '../server/server.ts';
import { withSpelledAccept } from './accept.ts';
import { cancelCall, isForCall, passOn } from './client-messages.ts';
import type { LegacyContext } from './context.ts';
import { forbidsBatches, namesModernRevision, namesUnknownRevision, withRevision } from './revision.ts';
import { createSession, endSession, findSession, logLevels, type Session, updateSession } from './session.ts';
import { resumeCall } from './streams/resume.ts';
import { parseChangeId, standingStream } from './streams/standing-stream.ts';
import { serveSubscriptions } from './streams/subscriptions.ts';
import { parseEventId } from './streams/wire-ids.ts';
import { SessionTransport } from './transport.ts';

/** The session header of the legacy era; visible ASCII. */
const sessionHeader = 'mcp-session-id';
const sessionId = /^[\x21-\x7e]{1,128}$/;

/**
 * Serves a request of the legacy era (2025-11-25 and before), with the caller's session where there is one.
 *
 * @throws StoreUnavailable where nothing true can be answered without the store.
 */
export async function serveLegacy(
  request: Request,
  message: unknown,
  legacy: LegacyContext,
): Promise<Response> {
  if (isInitializeRequest(message)) return initialize(request, message, legacy);
  if (namesUnknownRevision(request)) {
    // The modern era has no other methods than POST.
    if (request.method !== 'POST' && namesModernRevision(request)) return methodNotAllowed('POST');
    return errorResponse(400, errorCodes.refused, 'Bad Request: unsupported MCP-Protocol-Version');
  }
  if (isForCall(message)) return passOn(message, legacy);
  if (request.method === 'DELETE') return terminate(request, legacy);

  const session = await sessionOf(request, legacy);
  if (session === 'not found') return sessionNotFound();
  if (request.method === 'GET') return stream(request, session, legacy);
  if (isObject(message) && message.method === 'notifications/cancelled')
    return cancelCall(message, request.headers.get(sessionHeader) ? session?.id : undefined, legacy);
  const revised = withRevision(request, session);
  if (Array.isArray(message) && forbidsBatches(revised))
    return errorResponse(400, errorCodes.invalidRequest, 'Invalid Request: send one message at a time');

  const response = await dispatch(revised, message, legacy, session);
  if (session && isObject(message) && message.method === 'logging/setLevel' && response.ok)
    await keepLogLevel(session, message, legacy);
  return response;
}

/** Hands one message to a server made for it and brought to the session's state. */
async function dispatch(
  request: Request,
  message: unknown,
  { offer, serving, authInfo, ph }: LegacyContext,
  session: Session | undefined,
): Promise<Response> {
  const { config, deadline } = serving;
  const server = createServer(offer, serving, 'legacy');
  if (config.standingStream) serveSubscriptions(server, config, ph, session?.id);
  const transport = isJSONRPCRequest(message)
    ? SessionTransport.forCall({
        config,
        ph,
        sessionId: session?.id,
        requestId: message.id,
        deadline: deadline + 1_000,
      })
    : SessionTransport.plain();
  await server.connect(transport);
  if (session) await transport.restore(session);
  return transport.handleRequest(withSpelledAccept(request), { parsedBody: message, authInfo });
}

/** GET: the rest of a stream that the client lost, or the standing stream. */
function stream(request: Request, session: Session | undefined, { serving, ph }: LegacyContext): Response {
  const { config, principal, deadline } = serving;
  const lastEventId = request.headers.get('last-event-id');
  const call = lastEventId === null ? undefined : parseEventId(lastEventId);
  if (call && !call.end) return resumeCall(config, ph, call, deadline);
  const from = lastEventId === null ? undefined : parseChangeId(lastEventId);
  if (lastEventId !== null && !call && !from)
    return errorResponse(400, errorCodes.refused, 'Bad Request: this server made no such event id');
  if (config.standingStream && session && !call)
    return standingStream(config, principal, { ph, sessionId: session.id, deadline, from });
  return methodNotAllowed('POST, DELETE');
}

const methodNotAllowed = (allow: string) =>
  errorResponse(405, errorCodes.refused, 'Method Not Allowed', { allow });

/** Answers `initialize` and opens a session for it; without the store the client goes on without one. */
async function initialize(request: Request, message: unknown, legacy: LegacyContext): Promise<Response> {
  const [response, id] = await Promise.all([
    dispatch(request, message, legacy, undefined),
    orStateless(() => createSession(legacy.serving.config, legacy.ph, paramsOf(message))),
  ]);
  annotate({ session: id ? 'new' : 'stateless' });
  if (!id || !response.ok) return response;
  const headers = new Headers(response.headers);
  headers.set(sessionHeader, id);
  return new Response(response.body, { status: response.status, headers });
}

/** The caller's session: the one it names, or else its newest. Undefined means that it is served statelessly. */
async function sessionOf(
  request: Request,
  { serving, ph }: LegacyContext,
): Promise<Session | undefined | 'not found'> {
  const named = request.headers.get(sessionHeader) || undefined;
  if (named !== undefined && !sessionId.test(named)) return 'not found';
  const outcome = await orStateless(async () => ({ session: await findSession(serving.config, ph, named) }));
  if (outcome && !outcome.session && named !== undefined) return 'not found';
  const state = named === undefined ? 'recovered' : 'kept';
  annotate({ session: outcome?.session ? state : 'stateless' });
  return outcome?.session;
}

/** Ends the session that is named; never a recovered one, which another window of the caller's may be using. */
async function terminate(request: Request, { serving, ph }: LegacyContext): Promise<Response> {
  const named = request.headers.get(sessionHeader);
  if (!named)
    return errorResponse(400, errorCodes.refused, 'Bad Request: name the session in Mcp-Session-Id');
  if (!sessionId.test(named) || !(await endSession(serving.config, ph, named))) return sessionNotFound();
  return new Response(null, { status: 204 });
}

const sessionNotFound = () =>
  errorResponse(404, errorCodes.sessionNotFound, 'Session not found: initialize again');

async function keepLogLevel(
  session: Session,
  message: unknown,
  { serving, ph }: LegacyContext,
): Promise<void> {
  const logLevel = logLevels.find((each) => each === paramsOf(message).level);
  if (logLevel) await orStateless(() => updateSession(serving.config, ph, { ...session, logLevel }));
}

/** The work's outcome, or undefined and a log line when the store is down: comfort may fail, the call goes on. */
async function orStateless<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    log('warn', 'served without session', errorFields(error));
    return undefined;
  }
}
