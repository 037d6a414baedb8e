import { isObject, type Message, paramsOf, type RequestId } from '../../json-rpc.ts';

/**
 * Every instance numbers its requests to the client from 0, and the answer may reach another instance: on the
 * wire such a number carries the unguessable id of the invocation that it belongs to.
 */
const wireId = /^([\w-]{22})\.(\d{1,9})$/;

/** A message as it leaves: the ids that the server gave out name the invocation. */
export function toWire<M extends Message>(invocation: string, message: M): M {
  const named = (number: unknown) => (typeof number === 'number' ? `${invocation}.${number}` : number);
  if (message.method === undefined) return message;
  const params = paramsOf(message);
  if (message.method === 'notifications/cancelled')
    return { ...message, params: { ...params, requestId: named(params.requestId) } };
  if (message.id === undefined) return message;
  const meta = isObject(params._meta) ? params._meta : {};
  const withToken =
    meta.progressToken === undefined
      ? message.params
      : { ...params, _meta: { ...meta, progressToken: named(meta.progressToken) } };
  return { ...message, id: named(message.id), ...(withToken && { params: withToken }) };
}

/** Where a message from the client belongs, and how it reads there. */
export type Addressed = { invocation: string; number: number; message: Record<string, unknown> };

/** The invocation that a client's answer or progress is for; undefined for everything else. */
export function fromWire(message: unknown): Addressed | undefined {
  if (!isObject(message)) return undefined;
  if (message.method === 'notifications/progress') {
    const params = paramsOf(message);
    const match = wireId.exec(String(params.progressToken));
    if (!match) return undefined;
    const number = Number(match[2]);
    return {
      invocation: match[1] ?? '',
      number,
      message: { ...message, params: { ...params, progressToken: number } },
    };
  }
  const match = isAnswer(message) ? wireId.exec(String(message.id)) : undefined;
  if (!match) return undefined;
  const number = Number(match[2]);
  return { invocation: match[1] ?? '', number, message: { ...message, id: number } };
}

/** Whether this is a response to something that the server asked. */
export function isAnswer(message: unknown): boolean {
  return isObject(message) && message.method === undefined && ('result' in message || 'error' in message);
}

/**
 * An SSE event's id: the call's invocation, the event's number in it, and the request that the call answers, so
 * that even an instance which knows nothing else can tell the client that the call is lost. The last event of a
 * stream says so: clients come back even after an error that ended it, and again and again after an empty stream.
 */
export type EventId = { invocation: string; number: number; requestId: RequestId; end?: boolean | undefined };

export function formatEventId({ invocation, number, requestId, end }: EventId): string {
  const request = Buffer.from(JSON.stringify(requestId)).toString('base64url');
  return `${invocation}.${number}.${request}${end ? '.end' : ''}`;
}

/** Undefined for what `formatEventId` did not make. */
export function parseEventId(text: string): EventId | undefined {
  const match = /^([\w-]{22})\.(\d{1,9})\.([\w-]{1,400})(\.end)?$/.exec(text);
  const [, invocation = '', number, encoded = '', end] = match ?? [];
  if (number === undefined) return undefined;
  try {
    const requestId: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'));
    if (typeof requestId !== 'string' && typeof requestId !== 'number') return undefined;
    return { invocation, number: Number(number), requestId, end: end !== undefined };
  } catch {
    return undefined;
  }
}
