import { isInitializeRequest } from '@modelcontextprotocol/server';
import { annotate, errorFields, log } from '../../log.ts';
import { StoreUnavailable } from '../../store/redis.ts';
import { errorCodes, errorResponse, isInitialize, isNotification, paramsOf } from '../json-rpc.ts';
import type { RequestContext } from '../server/request-context.ts';
import { isForCall } from './client-messages.ts';
import { namesUnknownRevision } from './revision.ts';
import { createSession, endSession, logLevels, type Session, setLogLevel, useSession } from './session.ts';

/** The session header of the legacy era, in visible ASCII. */
const sessionHeader = 'mcp-session-id';
const sessionIdSyntax = /^[\x21-\x7e]{1,128}$/;

/**
 * Opens a session for an `initialize` while it is answered, and names it in the response. Without the store the client
 * gets no session.
 */
export async function openSession(
  message: unknown,
  answering: Promise<Response>,
  { config, principalHash }: RequestContext,
): Promise<Response> {
  const [response, id] = await Promise.all([
    answering,
    orStateless(() => createSession(config, principalHash, paramsOf(message))),
  ]);
  annotate({ session: id ? 'new' : 'stateless' });
  if (!id || !response.ok) return response;
  const headers = new Headers(response.headers);
  headers.set(sessionHeader, id);
  return new Response(response.body, { status: response.status, headers });
}

/** What became of looking for the session that a request is in; undefined if it is served without one. */
export type FoundSession = Session | 'not found' | undefined;

/**
 * Finds the session that the request names, otherwise the caller's newest one, if the request is served in a session at
 * all. Reads in the same round trip as other reads of the turn (`inBatch`).
 */
export async function findSession(
  request: Request,
  message: unknown,
  { config, principalHash }: Pick<RequestContext, 'config' | 'principalHash'>,
): Promise<FoundSession> {
  if (isInitialize(message) && isInitializeRequest(message)) return undefined;
  if (isForCall(message) || request.method === 'DELETE') return undefined;
  if (namesUnknownRevision(request)) return undefined;
  const named = request.headers.get(sessionHeader) || undefined;
  if (named !== undefined && !sessionIdSyntax.test(named)) return 'not found';
  // What a notification says does not depend on the session, so a client that names none needs none here. Counting it
  // as a use would also keep the session of a client that initializes for every call for an hour.
  if (named === undefined && isNotification(message)) return undefined;
  const lookup = await orStateless(async () => ({ session: await useSession(config, principalHash, named) }));
  if (lookup && !lookup.session && named !== undefined) return 'not found';
  const state = named === undefined ? 'recovered' : 'kept';
  annotate({ session: lookup?.session ? state : 'stateless' });
  return lookup?.session;
}

/** Ends the session that the request names. Never a recovered one, which another window may be using. */
export async function terminate(
  request: Request,
  { config, principalHash }: RequestContext,
): Promise<Response> {
  const named = request.headers.get(sessionHeader);
  if (!named)
    return errorResponse(400, errorCodes.refused, 'Bad Request: name the session in Mcp-Session-Id');
  if (!sessionIdSyntax.test(named) || !(await endSession(config, principalHash, named)))
    return sessionNotFound();
  return new Response(null, { status: 204 });
}

/** The answer to a request that names a session which is not the caller's or has ended. */
export const sessionNotFound = () =>
  errorResponse(404, errorCodes.sessionNotFound, 'Session not found: initialize again');

/** Keeps the level of a `logging/setLevel` in the session. */
export async function keepLogLevel(
  { id }: Session,
  message: unknown,
  { config, principalHash }: RequestContext,
): Promise<void> {
  const level = logLevels.find((each) => each === paramsOf(message).level);
  if (level) await orStateless(() => setLogLevel(config, principalHash, id, level));
}

/** The work's outcome, or undefined and a log line if the store is down: the call goes on without a session. */
async function orStateless<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    log('warn', 'served without session', errorFields(error));
    return undefined;
  }
}
