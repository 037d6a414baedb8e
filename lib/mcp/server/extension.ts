import { isObject, paramsOf } from '../json-rpc.ts';
import type { Additions, Era, Extended } from './additions.ts';
import type { RequestContext } from './request-context.ts';

/**
 * A protocol extension. Each is a folder in `lib/mcp/extensions/` and one line in `lib/mcp/extensions/registered.ts`.
 * Nothing else imports the folder, so deleting both leaves the server without the extension.
 *
 * @example
 * // lib/mcp/extensions/greetings/extension.ts
 * export const greetings: Extension = {
 *   identifier: 'com.example/greetings',
 *   // Undefined for a client that has not declared the extension: it sees the server without it.
 *   serve: ({ declared, context }) =>
 *     declared === undefined
 *       ? undefined
 *       : {
 *           settings: {},
 *           register: ({ server }) =>
 *             server.setRequestHandler('greetings/get', { params: z.object({ name: z.string().max(100) }) }, ({ name }) => ({
 *               greeting: `Hello ${name}, from ${context.offer.identity.name}`,
 *             })),
 *         },
 * };
 */
export type Extension = {
  /** The key of the extension in `capabilities.extensions`, for example `io.modelcontextprotocol/ui`. */
  identifier: string;
  /**
   * What the extension adds to one request. Undefined to add nothing: the request is then served as if the extension did
   * not exist. Runs for every request, so it must be cheap and must not throw. Import whatever is large when it is needed.
   */
  serve(request: ExtensionRequest): Additions | undefined;
};

/** The request that an extension is asked about. The caller is authenticated. */
export type ExtensionRequest = {
  /** The HTTP request, for its headers. Its body has been read. */
  request: Request;
  /** The parsed body: a JSON-RPC message, or an array of them. Undefined for GET and DELETE. Parse what you read. */
  message: unknown;
  era: Era;
  /**
   * What the client declared under the extension's identifier: in the request's `_meta` (modern), in its `initialize` or
   * that of its session (legacy). Undefined if it declared nothing, or has no session. Parse it with a schema.
   */
  declared: unknown;
  context: RequestContext;
};

/**
 * Asks each extension what it adds to a request.
 *
 * @param initialize the params of the session's `initialize`, in the legacy era.
 */
export function extend(
  extensions: readonly Extension[],
  request: Omit<ExtensionRequest, 'declared'>,
  initialize: Record<string, unknown> | undefined,
): Extended {
  if (!extensions.length) return [];
  const declared = declaredBy(request, initialize);
  return extensions.flatMap(({ identifier, serve }) => {
    const additions = serve({ ...request, declared: declared[identifier] });
    return additions ? [{ identifier, ...additions }] : [];
  });
}

const clientCapabilities = 'io.modelcontextprotocol/clientCapabilities';

/** The extensions that the client declared, unparsed, by identifier. */
function declaredBy(
  { message, era }: Pick<ExtensionRequest, 'message' | 'era'>,
  initialize: Record<string, unknown> | undefined,
): Record<string, unknown> {
  const params = paramsOf(message);
  const meta = isObject(params._meta) ? params._meta : {};
  const own = isObject(message) && message.method === 'initialize' ? params : {};
  const capabilities = era === 'modern' ? meta[clientCapabilities] : (initialize ?? own).capabilities;
  return isObject(capabilities) && isObject(capabilities.extensions) ? capabilities.extensions : {};
}
