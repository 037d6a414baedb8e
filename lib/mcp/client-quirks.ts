import { withHeaders } from '../http/with-headers.ts';
import { isObject, paramsOf } from './json-rpc.ts';

const protocolVersion = 'io.modelcontextprotocol/protocolVersion';

/**
 * The request with headers that agree with its body, if it comes from the hosted Claude and only the version
 * header is of the legacy era: it has been seen to send 2025-11-25 there beside a 2026-07-28 body. For everyone
 * else a disagreement is an error, because proxies may act on the headers.
 */
export function withAgreeingHeaders(request: Request, message: unknown): Request {
  if (!request.headers.get('user-agent')?.startsWith('Claude-User')) return request;
  const params = paramsOf(message);
  const claimed = isObject(params._meta) ? params._meta[protocolVersion] : undefined;
  const stated = request.headers.get('mcp-protocol-version');
  if (!isObject(message) || typeof claimed !== 'string' || stated === null || stated >= claimed)
    return request;

  const name = params.name ?? params.uri;
  const { headers } = request;
  return withHeaders(request, {
    'mcp-protocol-version': claimed,
    ...(!headers.has('mcp-method') && { 'mcp-method': String(message.method) }),
    ...(!headers.has('mcp-name') && typeof name === 'string' && { 'mcp-name': encoded(name) }),
  });
}

/** A header value that may hold any text, in the form the revision prescribes for what is not plain ASCII. */
function encoded(value: string): string {
  const plain = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value);
  return plain ? value : `=?base64?${Buffer.from(value).toString('base64')}?=`;
}
