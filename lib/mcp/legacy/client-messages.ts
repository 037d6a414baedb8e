import { isObject, paramsOf } from '../json-rpc.ts';
import type { RequestContext } from '../server/request-context.ts';
import { deliver } from './streams/mailbox.ts';
import { findCallToCancel } from './streams/running-call.ts';
import { fromWire, isAnswer } from './streams/wire-ids.ts';

/**
 * Whether a message is for a call that is running on some instance: an answer to the call's question, or progress of
 * the client's work on it.
 */
export const isForCall = (message: unknown) =>
  isAnswer(message) ||
  (isObject(message) && message.method === 'notifications/progress' && fromWire(message) !== undefined);

/** Forwards an answer or progress to the instance that asked. The response is the same if no call waits for it. */
export async function forward(
  message: unknown,
  { config, principalHash }: RequestContext,
): Promise<Response> {
  const addressed = fromWire(message);
  if (addressed) await deliver(config, principalHash, addressed.invocation, addressed.message);
  return accepted();
}

/**
 * Forwards a cancellation to the instance that runs the call.
 *
 * @param sessionId the session that the client named, if it named one.
 */
export async function cancelCall(
  message: unknown,
  sessionId: string | undefined,
  { config, principalHash }: RequestContext,
): Promise<Response> {
  const { requestId } = paramsOf(message);
  if (typeof requestId === 'string' || typeof requestId === 'number') {
    const invocation = await findCallToCancel(config, principalHash, sessionId, requestId);
    if (invocation)
      await deliver(config, principalHash, invocation, {
        jsonrpc: '2.0',
        method: 'notifications/cancelled',
      });
  }
  return accepted();
}

const accepted = () => new Response(null, { status: 202 });
