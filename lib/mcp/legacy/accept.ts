import { withHeaders } from '../../http/with-headers.ts';

/**
 * The request with both media types named, if its `Accept` is absent or accepts everything (RFC 9110 section 12.5.1).
 * Scripts and `curl` send no more than that, but the SDK looks for the names.
 */
export function withNamedMediaTypes(request: Request): Request {
  const accept = request.headers.get('accept');
  if (accept?.trim() && !/(^|,)\s*\*\/\*/.test(accept)) return request;
  return withHeaders(request, { accept: 'application/json, text/event-stream' });
}
