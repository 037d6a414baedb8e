import { ProtocolErrorCode } from '@modelcontextprotocol/server';
import type { Offer } from '../../define/offer.ts';
import { isObject, noteError, paramsOf } from '../../json-rpc.ts';
import { taskMethods } from './request.ts';

export const identifier = 'io.modelcontextprotocol/tasks';

/** Whether the extension must refuse a request because its client has not declared tasks. */
export function isRefused(message: unknown, { features }: Offer): boolean {
  if (!isObject(message) || message.id === undefined) return false;
  const { name, notifications } = paramsOf(message);
  if (message.method === 'subscriptions/listen') return isObject(notifications) && 'taskIds' in notifications;
  if (message.method === 'tools/call')
    return features.some((each) => each.kind === 'tool' && each.name === name && each.task === 'required');
  return taskMethods.some((method) => method === message.method);
}

/** The answer to such a request, as the SDK gives it for other capabilities. */
export function missingTasks(message: unknown): Response {
  const error = {
    code: ProtocolErrorCode.MissingRequiredClientCapability,
    message: `Missing required client capability: ${identifier}`,
    data: { requiredCapabilities: { extensions: { [identifier]: {} } } },
  };
  noteError({ error });
  return Response.json(
    { jsonrpc: '2.0', id: isObject(message) ? message.id : null, error },
    { status: 400, headers: { 'cache-control': 'no-store' } },
  );
}
