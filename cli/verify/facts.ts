import { reason } from '../doctor/describe.ts';
import { isObject, member, textMember } from '../doctor/member.ts';
import type { Answer, NoAnswer } from '../doctor/probe.ts';
import { visibleText } from '../printable.ts';

type Seen = Answer | NoAnswer | undefined;

/** Headers that depend on the connection, and the local server's own. They say nothing about a platform. */
const ordinary = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'transfer-encoding',
  'x-local-instance',
]);

/** The names of the headers, without those that any server sends. */
export function headerNames(answer: Seen): string | undefined {
  if (!answer || 'failed' in answer) return answer?.reason;
  return [...answer.headers.keys()].filter((name) => !ordinary.has(name)).join(', ');
}

/** Status, media type and error: `401 application/json, invalid_token`. Never the rest of a body. */
export function outcomeOf(answer: Seen): string | undefined {
  if (!answer || 'failed' in answer) return answer?.reason;
  const type = answer.headers.get('content-type') ?? 'no content type';
  const error = textMember(answer.json, 'error') ?? textMember(answer.json, 'errorCode');
  return `${answer.status} ${type}${error ? `, ${error}` : ''}`;
}

/** A JSON error body: its member names, and the words for people. */
export function errorBody(answer: Seen): string | undefined {
  if (!answer || 'failed' in answer) return answer?.reason;
  const words = reason(answer) ?? visibleText(answer.text).slice(0, 160);
  return `${memberNames(answer) ?? 'not JSON'}: ${words}`;
}

/** The member names of a JSON object, sorted. Undefined if it is not one. */
export function memberNames(answer: Seen): string | undefined {
  if (!answer || 'failed' in answer || !isObject(answer.json)) return undefined;
  return Object.keys(Object(answer.json)).toSorted().join(', ');
}

/** A header's value. Undefined if there is no answer. */
export function header(answer: Seen, name: string): string | undefined {
  if (!answer || 'failed' in answer) return answer?.reason;
  return answer.headers.get(name) ?? 'none';
}

/** The member of a JSON answer as text. Undefined if there is no answer. */
export function jsonMember(answer: Seen, name: string): string | undefined {
  if (!answer || 'failed' in answer) return answer?.reason;
  const found = member(answer.json, name);
  return found === undefined ? 'none' : Array.isArray(found) ? found.toSorted().join(', ') : String(found);
}

/** The target of a redirect: its path and the names of its parameters, without their values. */
export function redirectShape(answer: Seen): string | undefined {
  if (!answer || 'failed' in answer) return answer?.reason;
  const target = URL.parse(answer.headers.get('location') ?? '', answer.url);
  if (!target) return `${answer.status} without a location`;
  const names = [...new Set(target.searchParams.keys())].toSorted();
  return `${answer.status} to ${target.pathname}${names.length ? `, with ${names.join(', ')}` : ''}`;
}
