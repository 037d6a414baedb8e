import {
  PROTOCOL_VERSION_META_KEY,
  SUPPORTED_PROTOCOL_VERSIONS,
  UriTemplate,
} from '@modelcontextprotocol/server';
import type { Attributes } from '@opentelemetry/api';
import type { Offer } from '../../define/offer.ts';
import { isObject, paramsOf } from '../../json-rpc.ts';
import type { ExtensionRequest } from '../../server/extension.ts';
import { clientName } from './client-name.ts';

/** A request or notification of the client. */
export type ClientMessage = { method: string; id?: string | number; params: Record<string, unknown> };

/** The methods of the protocol. Others are named only if they were answered, because clients can send any. */
const knownMethods = new Set([
  ...['initialize', 'server/discover', 'ping', 'logging/setLevel', 'completion/complete'],
  ...['tools/list', 'tools/call', 'prompts/list', 'prompts/get', 'subscriptions/listen'],
  ...['resources/list', 'resources/read', 'resources/templates/list'],
  ...['resources/subscribe', 'resources/unsubscribe'],
  ...['notifications/initialized', 'notifications/cancelled', 'notifications/progress'],
  'notifications/roots/list_changed',
]);

const knownVersions = new Set([...SUPPORTED_PROTOCOL_VERSIONS, '2026-07-28']);
const longestId = 128;
const longestMethod = 60;
/** Longer URIs are not matched: the SDK throws at very long ones. */
const longestUri = 2_000;

/** The requests and notifications in a body. Responses of the client are neither. */
export function clientMessages(body: unknown): ClientMessage[] {
  return [body].flat().flatMap((message) => {
    if (!isObject(message) || typeof message.method !== 'string') return [];
    const { method, id } = message;
    const identified = typeof id === 'string' || typeof id === 'number' ? { id } : {};
    return [{ method, ...identified, params: paramsOf(message) }];
  });
}

/** The method, or `_OTHER` if this server may not know it. Notifications of extensions are not named: nothing answers them. */
function methodName({ method, id }: ClientMessage, succeeded: boolean): string {
  const isAnswered = succeeded && id !== undefined;
  const isNamed = knownMethods.has(method) || (isAnswered && method.length <= longestMethod);
  return isNamed ? method : '_OTHER';
}

/** The tool or prompt that a message is for: one that exists, because it is on offer or because it answered. */
function targetOf(
  { method, params: { name } }: ClientMessage,
  { features }: Offer,
  succeeded: boolean,
): { kind: 'tool' | 'prompt'; name: string } | undefined {
  const kind = method === 'tools/call' ? 'tool' : method === 'prompts/get' ? 'prompt' : undefined;
  if (!kind || typeof name !== 'string') return undefined;
  const exists = succeeded || features.some((each) => each.kind === kind && each.name === name);
  return exists ? { kind, name } : undefined;
}

/**
 * The attributes that spans and the histogram share: few values each, and nothing of what a user wrote.
 *
 * @param succeeded whether the message was answered without an error. False while this is not known.
 */
export function sharedAttributes(
  message: ClientMessage,
  asked: ExtensionRequest,
  succeeded: boolean,
): Attributes {
  const target = targetOf(message, asked.context.offer, succeeded);
  const version = protocolVersion(message, asked.request);
  return {
    'mcp.method.name': methodName(message, succeeded),
    ...(version && { 'mcp.protocol.version': version }),
    'network.protocol.name': 'http',
    'network.transport': 'tcp',
    ...(message.method === 'tools/call' && { 'gen_ai.operation.name': 'execute_tool' }),
    ...(target && { [`gen_ai.${target.kind}.name`]: target.name }),
  };
}

/** The attributes that a span has in addition. */
export function spanAttributes(
  { id, ...message }: ClientMessage,
  { request, context }: ExtensionRequest,
): Attributes {
  const requestId = id === undefined ? undefined : String(id);
  return {
    'jsonrpc.request.id': requestId && requestId.length <= longestId ? requestId : undefined,
    'mcp.resource.uri': resourceTemplate(message, context.offer),
    'vercel.rpc.route': 'mcp',
    'vercel.rpc.client.name': clientName(request.headers.get('user-agent')),
    'vercel.rpc.auth.outcome': context.config.oauth ? 'authorized' : 'anonymous',
  };
}

function protocolVersion({ method, params }: ClientMessage, { headers }: Request): string | undefined {
  const meta = isObject(params._meta) ? params._meta : {};
  const version =
    method === 'initialize'
      ? params.protocolVersion
      : (meta[PROTOCOL_VERSION_META_KEY] ?? headers.get('mcp-protocol-version'));
  return typeof version === 'string' && knownVersions.has(version) ? version : undefined;
}

/** The URI of a resource as its template: what a template's variables hold is an argument. */
function resourceTemplate(
  { method, params: { uri } }: ClientMessage,
  { features }: Offer,
): string | undefined {
  if (!method.startsWith('resources/') || typeof uri !== 'string' || uri.length > longestUri)
    return undefined;
  for (const feature of features)
    if (feature.kind === 'resource' && new UriTemplate(feature.uriTemplate).match(uri))
      return feature.uriTemplate;
  return undefined;
}
