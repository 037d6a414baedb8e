import { STATUS_CODES } from 'node:http';

/** A response of the Management API. */
export type Reply = { status: number; body?: unknown; headers?: Record<string, string> };

/** An error in the Management API's format. */
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

/** Whether a step of a handler returned a response instead of a value. */
export function isReply(value: object): value is Reply {
  return 'status' in value && typeof value.status === 'number';
}
