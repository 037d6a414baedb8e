import { withHeaders } from '../http/with-headers.ts';
import type { Identity } from './define/offer.ts';
import { isObject, paramsOf } from './json-rpc.ts';

const protocolVersion = 'io.modelcontextprotocol/protocolVersion';
const clientInfo = 'io.modelcontextprotocol/clientInfo';

/** The first revision that defines icons. */
const iconsSince = '2025-11-25';

/**
 * The request with headers that agree with its body, if it comes from hosted Claude and its version header names an
 * older revision than its body: hosted Claude has been seen to send 2025-11-25 in the header and 2026-07-28 in the body.
 * For every other client a mismatch is an error, because proxies may act on the headers.
 */
export function withAgreeingHeaders(request: Request, message: unknown): Request {
  if (!isHostedClaude(request)) return request;
  const params = paramsOf(message);
  const bodyVersion = isObject(params._meta) ? params._meta[protocolVersion] : undefined;
  const headerVersion = request.headers.get('mcp-protocol-version');
  if (
    !isObject(message) ||
    typeof bodyVersion !== 'string' ||
    headerVersion === null ||
    headerVersion >= bodyVersion
  )
    return request;

  const name = params.name ?? params.uri;
  const { headers } = request;
  return withHeaders(request, {
    'mcp-protocol-version': bodyVersion,
    ...(!headers.has('mcp-method') && { 'mcp-method': String(message.method) }),
    ...(!headers.has('mcp-name') && typeof name === 'string' && { 'mcp-name': encoded(name) }),
  });
}

/**
 * What a client is told about the server: what the protocol defines, and nothing of the pages.
 *
 * @param origin where the icons' files are.
 */
export function identityFor(
  request: Request,
  message: unknown,
  identity: Identity,
  origin: string,
): Identity {
  const { name, version, title, description, instructions, websiteUrl, icons } = identity;
  return {
    name,
    version,
    ...(title && { title }),
    ...(description && { description }),
    ...(instructions && { instructions }),
    ...(websiteUrl && { websiteUrl }),
    ...(icons?.length &&
      acceptsIcons(request, message) && { icons: icons.map((icon) => iconAt(origin, icon)) }),
  };
}

type Icon = NonNullable<Identity['icons']>[number];

function iconAt(origin: string, icon: Icon): Icon {
  return icon.src.startsWith('/') ? { ...icon, src: origin + icon.src } : icon;
}

/**
 * Whether the answer to a message can carry the server's icons. Only the answers that introduce the server do
 * (`initialize`, `server/discover`), and only in revisions that define icons. Hosted Claude never gets them: it has been
 * seen to give up connecting when `serverInfo` has icons (anthropics/claude-ai-mcp#474).
 */
function acceptsIcons(request: Request, message: unknown): boolean {
  if (!isObject(message) || isHostedClaude(request)) return false;
  const params = paramsOf(message);
  const meta = isObject(params._meta) ? params._meta : {};
  const [version, client] =
    message.method === 'initialize'
      ? [params.protocolVersion, params.clientInfo]
      : message.method === 'server/discover'
        ? [meta[protocolVersion], meta[clientInfo]]
        : [];
  if (typeof version !== 'string' || version < iconsSince) return false;
  return !(isObject(client) && typeof client.name === 'string' && client.name.startsWith('Anthropic/'));
}

function isHostedClaude({ headers }: Request): boolean {
  return headers.get('user-agent')?.startsWith('Claude-User') ?? false;
}

/** Any text as a header value: in base64, as the revision prescribes, unless it is plain ASCII. */
function encoded(value: string): string {
  const plain = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value);
  return plain ? value : `=?base64?${Buffer.from(value).toString('base64')}?=`;
}
