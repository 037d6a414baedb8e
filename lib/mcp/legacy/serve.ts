import { type AuthInfo, isInitializeRequest } from '@modelcontextprotocol/server';
import { annotate, errorFields, log } from '../../log.ts';
import { StoreUnavailable } from '../../store/redis.ts';
import type { Feature } from '../feature.ts';
import { errorCodes, errorResponse, isObject, paramsOf } from '../json-rpc.ts';
import { createServer, type Serving } from '../server.ts';
import { createSession, endSession, findSession, type Session, updateSession } from './session.ts';
import { SessionTransport } from './transport.ts';

/** The session header of the legacy era; visible ASCII. */
const sessionHeader = 'mcp-session-id';

export type Legacy = {
  features: readonly Feature[];
  serving: Serving;
  authInfo: AuthInfo;
  /** The principal's hash, part of every key. */
  ph: string;
};

/** Serves a request of the legacy era (2025-11-25 and before), with the caller's session where there is one. */
export async function serveLegacy(request: Request, message: unknown, legacy: Legacy): Promise<Response> {
  if (isInitializeRequest(message)) return initialize(request, message, legacy);
  if (request.method === 'GET')
    return errorResponse(405, errorCodes.refused, 'Method Not Allowed: no standing stream here', {
      allow: 'POST, DELETE',
    });

  const session = await sessionOf(request, legacy);
  if (session === 'not found')
    return errorResponse(404, errorCodes.sessionNotFound, 'Session not found: initialize again');
  if (request.method === 'DELETE') return terminate(session, legacy);
  if (Array.isArray(message) && forbidsBatches(request, session))
    return errorResponse(400, errorCodes.invalidRequest, 'Invalid Request: send one message at a time');

  const response = await dispatch(request, message, legacy, session);
  if (session && isObject(message) && message.method === 'logging/setLevel' && response.ok)
    await keepLogLevel(session, message, legacy);
  return response;
}

/** Hands one message to a server made for it and brought to the session's state. */
async function dispatch(
  request: Request,
  message: unknown,
  { features, serving, authInfo }: Legacy,
  session: Session | undefined,
): Promise<Response> {
  const server = createServer(features, serving, 'legacy');
  const transport = new SessionTransport();
  await server.connect(transport);
  if (session) await transport.restore(session);
  return transport.handleRequest(request, { parsedBody: message, authInfo });
}

/** Answers `initialize` and opens a session for it; without the store the client goes on without one. */
async function initialize(request: Request, message: unknown, legacy: Legacy): Promise<Response> {
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
  { serving, ph }: Legacy,
): Promise<Session | undefined | 'not found'> {
  const named = request.headers.get(sessionHeader) ?? undefined;
  if (named !== undefined && !/^[\x21-\x7e]{1,128}$/.test(named)) return 'not found';
  const outcome = await orStateless(async () => ({ session: await findSession(serving.config, ph, named) }));
  if (outcome && !outcome.session && named !== undefined) return 'not found';
  const state = named === undefined ? 'recovered' : 'kept';
  annotate({ session: outcome?.session ? state : 'stateless' });
  return outcome?.session;
}

async function terminate(session: Session | undefined, { serving, ph }: Legacy): Promise<Response> {
  if (!session) return errorResponse(404, errorCodes.sessionNotFound, 'Session not found');
  await endSession(serving.config, ph, session.id);
  return new Response(null, { status: 204 });
}

async function keepLogLevel(session: Session, message: unknown, { serving, ph }: Legacy): Promise<void> {
  const { level } = paramsOf(message);
  if (typeof level === 'string')
    await orStateless(() => updateSession(serving.config, ph, { ...session, logLevel: level }));
}

/** Batches came with 2025-03-26, which is assumed where nothing is said, and went with 2025-06-18. */
function forbidsBatches(request: Request, session: Session | undefined): boolean {
  const version = request.headers.get('mcp-protocol-version') ?? session?.initialize.protocolVersion;
  return version !== undefined && version >= '2025-06-18';
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
