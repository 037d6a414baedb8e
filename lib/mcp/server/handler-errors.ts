import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { errorFields, log } from '../../log.ts';
import { StoreUnavailable } from '../../store/redis.ts';
import { untilStopped } from './deadline.ts';
import type { RequestContext } from './request-context.ts';

/**
 * Runs a handler whose failures become JSON-RPC errors: the client gets a request id, the log gets the cause.
 *
 * @param what names the handler in the log.
 */
export async function runHandler<T>(
  what: string,
  { requestId, deadlineMs }: RequestContext,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await untilStopped(deadlineMs, undefined, work);
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    log('error', 'handler failed', { handler: what, ...errorFields(error) });
    throw new ProtocolError(
      ProtocolErrorCode.InternalError,
      error instanceof StoreUnavailable
        ? 'The storage behind this is unavailable right now. Try again in a minute.'
        : `Something failed unexpectedly. Request id: ${requestId}`,
    );
  }
}
