import type { IncomingMessage } from 'node:http';
import type { PlatformErrorCode } from './platform-error.ts';

const maxUrlBytes = 14 * 1024;
const maxHeaderBytes = 16 * 1024;
const maxHeadersBytes = 32 * 1024;

/**
 * Vercel's limits for what a request says before its body, as its pages on the error codes name them. Enforces:
 *
 * - a URL of at most 14 KB: 414 `URL_TOO_LONG`;
 * - at most 16 KB for one header and 32 KB for all with their names: 431 `REQUEST_HEADER_TOO_LARGE`.
 */
export function exceededLimit({ url = '', headersDistinct }: IncomingMessage): PlatformErrorCode | undefined {
  if (Buffer.byteLength(url) > maxUrlBytes) return 'URL_TOO_LONG';
  let total = 0;
  for (const [name, values = []] of Object.entries(headersDistinct))
    for (const value of values) {
      const bytes = Buffer.byteLength(value);
      if (bytes > maxHeaderBytes) return 'REQUEST_HEADER_TOO_LARGE';
      total += name.length + bytes;
    }
  return total > maxHeadersBytes ? 'REQUEST_HEADER_TOO_LARGE' : undefined;
}
