import { isObject, type Message, paramsOf, type RequestId } from '../../json-rpc.ts';

/**
 * The id of a request to the client, on the wire: the unguessable id of the invocation, and the request's number. Every
 * instance numbers its requests from 0, and the answer may reach another instance.
 */
const wireId = /^([\w-]{22})\.(\d{1,9})$/;

/** A message as it is sent: the ids that the server assigned name the invocation. */
export function toWire<M extends Message>(invocation: string, message: M): M {
  const wired = (number: unknown) => (typeof number === 'number' ? `${invocation}.${number}` : number);
  if (message.method === undefined) return message;
  const params = paramsOf(message);
  if (message.method === 'notifications/cancelled')
    return { ...message, params: { ...params, requestId: wired(params.requestId) } };
  if (message.id === undefined) return message;
  const meta = isObject(params._meta) ? params._meta : {};
  const withToken =
    meta.progressToken === undefined
      ? message.params
      : { ...params, _meta: { ...meta, progressToken: wired(meta.progressToken) } };
  return { ...message, id: wired(message.id), ...(withToken && { params: withToken }) };
}

/** The invocation that a message from the client is for, and the message with the invocation's own ids. */
export type Addressed = { invocation: string; number: number; message: Record<string, unknown> };

/** Finds the invocation that a client's answer or progress is for. Undefined for every other message. */
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

/** Whether this is an answer to a request of the server. */
export function isAnswer(message: unknown): boolean {
  return isObject(message) && message.method === undefined && ('result' in message || 'error' in message);
}

/**
 * An SSE event's id: the call's invocation, the event's number in it, and the id of the client's request. With the
 * latter, an instance that knows nothing else can tell the client that the call is lost. The last event of a stream is
 * marked, because clients resume even after the event that ended a stream, and keep resuming after an empty stream.
 */
export type EventId = { invocation: string; number: number; requestId: RequestId; end?: boolean | undefined };

export function formatEventId({ invocation, number, requestId, end }: EventId): string {
  const request = Buffer.from(JSON.stringify(requestId)).toString('base64url');
  return `${invocation}.${number}.${request}${end ? '.end' : ''}`;
}

/** Parses what `formatEventId` made. Undefined for every other text. */
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
