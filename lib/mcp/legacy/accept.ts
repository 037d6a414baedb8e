import { withHeaders } from '../../http/with-headers.ts';

/**
 * The request with both media types spelled out where it takes everything: an absent `Accept` and any type
 * with a wildcard mean that (RFC 9110 section 12.5.1), but the SDK looks for the names. Scripts and `curl` say no more.
 */
export function withSpelledAccept(request: Request): Request {
  const accept = request.headers.get('accept');
  if (accept?.trim() && !/(^|,)\s*\*\/\*/.test(accept)) return request;
  return withHeaders(request, { accept: 'application/json, text/event-stream' });
}
