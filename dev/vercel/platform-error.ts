import type { IncomingMessage, ServerResponse } from 'node:http';

/** Statuses and codes as https://vercel.com/docs/errors lists them. `BAD_REQUEST` and `METHOD_NOT_ALLOWED` are ours. */
const messages = {
  BAD_REQUEST: { status: 400, message: 'Bad request' },
  NOT_FOUND: { status: 404, message: 'The page could not be found' },
  METHOD_NOT_ALLOWED: { status: 405, message: 'The method is not allowed' },
  URL_TOO_LONG: { status: 414, message: 'Request-URI Too Long' },
  REQUEST_HEADER_TOO_LARGE: { status: 431, message: 'Request Header Fields Too Large' },
  FUNCTION_PAYLOAD_TOO_LARGE: { status: 413, message: 'Request Entity Too Large' },
  FUNCTION_INVOCATION_FAILED: { status: 500, message: 'A server error has occurred' },
  FUNCTION_INVOCATION_TIMEOUT: { status: 504, message: 'An error occurred with your deployment' },
} as const;

export type PlatformErrorCode = keyof typeof messages;

/** Answers as Vercel does if no function could: JSON if the client accepts it, else three lines of text. */
export function sendPlatformError(
  request: IncomingMessage,
  response: ServerResponse,
  code: PlatformErrorCode,
  requestId: string,
): void {
  const { status, message } = messages[code];
  const json = request.headers.accept?.includes('application/json') ?? false;
  const body = json
    ? JSON.stringify({ error: { code: String(status), message } })
    : `${message}\n\n${code}\n\n${requestId}\n`;
  response.writeHead(status, {
    'content-type': json ? 'application/json; charset=utf-8' : 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'public, max-age=0, must-revalidate',
    'x-vercel-error': code,
    // The unread rest of an upload must not be parsed as the next request.
    ...(request.complete ? {} : { connection: 'close' }),
  });
  response.end(body);
}
