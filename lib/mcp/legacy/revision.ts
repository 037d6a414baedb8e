import { LATEST_PROTOCOL_VERSION, SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/server';
import { withHeaders } from '../../http/with-headers.ts';
import type { Session } from './session.ts';

const versionHeader = 'mcp-protocol-version';

/**
 * The request with its session's revision, if it names none. Without the header the SDK assumes 2025-03-26, in which a
 * client cannot resume a stream.
 */
export function withRevision(request: Request, session: Session | undefined): Request {
  if (!session || request.headers.has(versionHeader)) return request;
  const { protocolVersion } = session.initialize;
  const known = SUPPORTED_PROTOCOL_VERSIONS.includes(protocolVersion);
  return withHeaders(request, { [versionHeader]: known ? protocolVersion : LATEST_PROTOCOL_VERSION });
}

/** Whether the request names a revision that this era does not have. */
export function namesUnknownRevision(request: Request): boolean {
  const named = request.headers.get(versionHeader);
  return named !== null && !SUPPORTED_PROTOCOL_VERSIONS.includes(named);
}

/** Whether the request names a revision of the modern era, or a later one. */
export const namesModernRevision = (request: Request) =>
  (request.headers.get(versionHeader) ?? '') > LATEST_PROTOCOL_VERSION;

/** Whether the request's revision has no batches. Only 2025-03-26 has them, which is assumed without the header. */
export const forbidsBatches = (request: Request) =>
  (request.headers.get(versionHeader) ?? '') >= '2025-06-18';
