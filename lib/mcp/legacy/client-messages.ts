import { isObject, paramsOf } from '../json-rpc.ts';
import type { LegacyContext } from './context.ts';
import { deliver } from './streams/mailbox.ts';
import { findCallToCancel } from './streams/running-call.ts';
import { fromWire, isAnswer } from './streams/wire-ids.ts';

/** A client's answer, or its progress with one, goes to the instance that asked; whether that still waits or not. */
export async function passOn(message: unknown, { serving, ph }: LegacyContext): Promise<Response> {
  const addressed = fromWire(message);
  if (addressed) await deliver(serving.config, ph, addressed.invocation, addressed.message);
  return new Response(null, { status: 202 });
}

/** Whether a message is for a call that runs somewhere: an answer to its question, or progress with one. */
export const isForCall = (message: unknown) =>
  isAnswer(message) ||
  (isObject(message) && message.method === 'notifications/progress' && fromWire(message) !== undefined);

/** A cancellation goes to the instance that runs the call; `sessionId` is the one that the client named. */
export async function cancelCall(
  message: unknown,
  sessionId: string | undefined,
  { serving, ph }: LegacyContext,
): Promise<Response> {
  const { requestId } = paramsOf(message);
  if (typeof requestId === 'string' || typeof requestId === 'number') {
    const invocation = await findCallToCancel(serving.config, ph, sessionId, requestId);
    if (invocation)
      await deliver(serving.config, ph, invocation, { jsonrpc: '2.0', method: 'notifications/cancelled' });
  }
  return new Response(null, { status: 202 });
}
