import { isObject } from '../../json-rpc.ts';

/** How a message was answered, in the terms of the conventions and of Vercel. */
export type Outcome = {
  /** `vercel.rpc.outcome`. */
  rpcOutcome: 'success' | 'input_required' | 'request_error' | 'execution_failure';
  /** `error.type`. Undefined if the operation succeeded. */
  errorType?: string;
  /** `rpc.response.status_code`: the code of the JSON-RPC error. */
  errorCode?: number;
};

/** JSON-RPC and MCP errors that the caller caused. All others are the server's. */
const requestErrors = new Set([
  -32700, -32600, -32601, -32602, -32000, -32001, -32002, -32020, -32021, -32022, -32042,
]);

export const success: Outcome = { rpcOutcome: 'success' };

/** The client left before the answer. */
export const cancelled: Outcome = { rpcOutcome: 'request_error', errorType: 'cancelled' };

/** The response ended without an answer. */
export const unanswered: Outcome = { rpcOutcome: 'execution_failure', errorType: '_OTHER' };

/** The outcome of a request that was refused before JSON-RPC, with an HTTP status. */
export function refused(status: number): Outcome {
  return { rpcOutcome: status < 500 ? 'request_error' : 'execution_failure', errorType: String(status) };
}

/**
 * The outcome that a JSON-RPC response reports.
 *
 * @param handlerRan whether the tool's handler ran. An error result without it is the caller's, such as invalid arguments.
 */
export function outcomeOf({ result, error }: Record<string, unknown>, handlerRan: boolean): Outcome {
  if (isObject(error)) {
    const code = typeof error.code === 'number' ? error.code : undefined;
    if (code === undefined) return unanswered;
    const rpcOutcome = requestErrors.has(code) ? 'request_error' : 'execution_failure';
    return { rpcOutcome, errorType: String(code), errorCode: code };
  }
  if (!isObject(result)) return success;
  if (result.resultType === 'input_required') return { rpcOutcome: 'input_required' };
  if (result.isError === true)
    return { rpcOutcome: handlerRan ? 'execution_failure' : 'request_error', errorType: 'tool_error' };
  return success;
}
