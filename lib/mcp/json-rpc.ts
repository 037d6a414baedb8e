import { annotate } from '../log.ts';

/** The JSON-RPC error codes that this server returns itself. The SDK adds those of the MCP revisions. */
export const errorCodes = {
  parseError: -32700,
  invalidRequest: -32600,
  internalError: -32603,
  /** A refusal by the transport, such as a foreign origin. Implementation-defined, as in the official SDKs. */
  refused: -32000,
  sessionNotFound: -32001,
  /** The official SDKs use the same number for both. */
  requestTimeout: -32001,
} as const;

export type RequestId = string | number;

/** A JSON-RPC message, as far as the transport reads it. The SDK validates the rest. */
export type Message = {
  jsonrpc: '2.0';
  id?: RequestId;
  method?: string;
  params?: Record<string, unknown>;
  result?: unknown;
  error?: unknown;
};

/** A response that holds a JSON-RPC error, which every MCP client understands with any HTTP status. */
export function errorResponse(
  status: number,
  code: number,
  message: string,
  headers: Record<string, string> = {},
): Response {
  noteError({ error: { code } });
  return Response.json(
    { jsonrpc: '2.0', error: { code, message }, id: null },
    { status, headers: { 'cache-control': 'no-store', ...headers } },
  );
}

/** Adds the code of a JSON-RPC error to the request's log line. Does nothing for other messages. */
export function noteError(message: unknown): void {
  const error = isObject(message) ? message.error : undefined;
  if (isObject(error) && typeof error.code === 'number') annotate({ rpcError: error.code });
}

/** Whether this is a JSON object, the only shape that messages and their params have. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a message is a request to open a session, before anything is said about its params. */
export function isInitialize(message: unknown): boolean {
  return isObject(message) && message.method === 'initialize';
}

/** The params of a message, or an empty object if it has none. */
export function paramsOf(message: unknown): Record<string, unknown> {
  return isObject(message) && isObject(message.params) ? message.params : {};
}

/** Whether a message is a notification, of this method if one is given. */
export function isNotification(message: unknown, method?: string): boolean {
  if (!isObject(message) || typeof message.method !== 'string' || 'id' in message) return false;
  return method === undefined || message.method === method;
}
