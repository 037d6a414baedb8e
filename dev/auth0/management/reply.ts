import { STATUS_CODES } from 'node:http';

/** An answer of the Management API. */
export type Reply = { status: number; body?: unknown; headers?: Record<string, string> };

/** A refusal in the Management API's shape. */
export function refusal(status: number, message: string, errorCode?: string): Reply {
  return {
    status,
    body: {
      statusCode: status,
      error: STATUS_CODES[status],
      message,
      ...(errorCode === undefined ? {} : { errorCode }),
    },
  };
}

/** Whether a handler's step ended in a refusal. */
export function isReply(value: object): value is Reply {
  return 'status' in value && typeof value.status === 'number';
}
