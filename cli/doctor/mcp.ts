import type { Examination } from './examination.ts';
import { isObject, member } from './member.ts';
import { type Answer, mediaType, type NoAnswer, parseJson, userAgent } from './probe.ts';
import { send } from './send.ts';

export const legacyVersion = '2025-11-25';
export const modernVersion = '2026-07-28';

const clientInfo = { name: 'mcp-doctor', version: userAgent.split('/')[1] ?? '0' };

export const initializeParams = { protocolVersion: legacyVersion, capabilities: {}, clientInfo };

export type Call = {
  method: string;
  params?: Record<string, unknown>;
  token?: string | undefined;
  headers?: Record<string, string>;
};

export type Reply = {
  answer: Answer | NoAnswer;
  /** The JSON-RPC result. Undefined if the server sent an error or something else. */
  result: unknown;
};

/** A request of the 2025-11-25 protocol. Has no session header unless the caller adds one. */
export function legacyCall(examination: Examination, call: Call): Promise<Reply> {
  const version: Record<string, string> =
    call.method === 'initialize' ? {} : { 'mcp-protocol-version': legacyVersion };
  return request(examination, { ...call, headers: { ...version, ...call.headers } });
}

/** A stateless request of the 2026-07-28 protocol, with version and method in both the headers and the body. */
export function modernCall(examination: Examination, call: Call): Promise<Reply> {
  const name = call.params?.name;
  const headers = {
    'mcp-protocol-version': modernVersion,
    'mcp-method': call.method,
    ...(typeof name === 'string' ? { 'mcp-name': name } : {}),
  };
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': modernVersion,
    'io.modelcontextprotocol/clientInfo': clientInfo,
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  return request(examination, {
    ...call,
    params: { ...call.params, _meta },
    headers: { ...headers, ...call.headers },
  });
}

/** Tells the server that the session has begun. The answer has no body. */
export function notifyInitialized(
  examination: Examination,
  token: string | undefined,
): Promise<Answer | NoAnswer> {
  const headers = { 'mcp-protocol-version': legacyVersion };
  return post(examination, token, headers, { method: 'notifications/initialized' });
}

/** The `Authorization` header for a token, if there is one. */
export function bearer(token: string | undefined): Record<string, string> {
  return token ? { authorization: `Bearer ${token}` } : {};
}

async function request(examination: Examination, call: Call): Promise<Reply> {
  const { method, params = {}, token, headers = {} } = call;
  const id = 1;
  const answer = await post(examination, token, headers, { id, method, params });
  if ('failed' in answer) return { answer, result: undefined };
  const message = mediaType(answer) === 'text/event-stream' ? responseInEvents(answer.text, id) : answer.json;
  const shown = message === undefined ? answer : { ...answer, json: message };
  return { answer: shown, result: member(message, 'id') === id ? member(message, 'result') : undefined };
}

function post(
  examination: Examination,
  token: string | undefined,
  headers: Record<string, string>,
  message: Record<string, unknown>,
): Promise<Answer | NoAnswer> {
  return send(examination, examination.resource, {
    method: 'POST',
    headers: { accept: 'application/json, text/event-stream', ...bearer(token), ...headers },
    body: { jsonrpc: '2.0', ...message },
    until: (text) => text.includes('data:') && responseInEvents(text, message.id) !== undefined,
  });
}

/** The JSON-RPC response with this id among an event stream's complete events (HTML standard, section 9.2.6). */
function responseInEvents(text: string, id: unknown): unknown {
  const events = text.split(/\r\n\r\n|\n\n|\r\r/).slice(0, -1);
  for (const event of events) {
    const data = event
      .split(/\r\n|\n|\r/)
      .filter((line) => line.startsWith('data:'))
      .map((line) => line.slice(5))
      .join('\n');
    const message = parseJson(data);
    if (isObject(message) && member(message, 'id') === id && member(message, 'method') === undefined)
      return message;
  }
  return undefined;
}
