import { annotate } from '../log.ts';

/** JSON-RPC error codes this server answers with by itself; the SDK adds those of the MCP revisions. */
export const errorCodes = {
  parseError: -32700,
  invalidRequest: -32600,
  internalError: -32603,
  /** The transport's refusals, such as a foreign origin: implementation-defined, as in the official SDKs. */
  refused: -32000,
  sessionNotFound: -32001,
  /** As the official SDKs number it, although the number is taken. */
  requestTimeout: -32001,
} as const;

export type RequestId = string | number;

/** A JSON-RPC message, as far as the transport needs to know it. Its inside is for the SDK to judge. */
export type Message = {
  jsonrpc: '2.0';
  id?: RequestId;
  method?: string;
  params?: Record<string, unknown>;
  result?: unknown;
  error?: unknown;
};

/** An error without a result: what every MCP client understands, whatever the HTTP status beside it. */
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

/** Puts the code of a message that is a JSON-RPC error into the request's log line. */
export function noteError(message: unknown): void {
  const error = isObject(message) ? message.error : undefined;
  if (isObject(error) && typeof error.code === 'number') annotate({ rpcError: error.code });
}

/** Whether this is a plain object with names, the only shape that messages and their params have. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The params of a message, whoever sent it: an empty object where there are none. */
export function paramsOf(message: unknown): Record<string, unknown> {
  return isObject(message) && isObject(message.params) ? message.params : {};
}
