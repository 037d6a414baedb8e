import { authenticate } from '../access-token/authenticate.ts';
import { type Context, endpoint } from '../http/endpoint.ts';
import { annotate, log } from '../log.ts';
import { isOrganizationPath, organizationInPath, organizationOfOrigin } from '../organizations/address.ts';
import { checkFeatures } from './define/check.ts';
import type { Offer } from './define/offer.ts';
import { errorCodes, errorResponse } from './json-rpc.ts';
import { isAllowedOrigin } from './origin-check.ts';

/**
 * The MCP endpoint, Streamable HTTP in both protocol eras, as a Vercel function.
 *
 * @param offer the server's identity and features, from `lib/tools/`.
 */
export function mcpEndpoint(offer: Offer) {
  let checked: Offer | undefined;
  const handle = async (request: Request, context: Context): Promise<Response> => {
    if (!isAllowedOrigin(request.headers.get('origin'), context.config)) {
      annotate({ outcome: 'foreign_origin' });
      return errorResponse(403, errorCodes.refused, 'Forbidden: this origin may not call this server');
    }
    if (!isEndpoint(context))
      return errorResponse(404, errorCodes.refused, 'There is no MCP endpoint at this path');
    // Loading the SDK takes most of a cold start: start while the token is checked, and skip it without a token.
    const loading = request.headers.has('authorization') || !context.config.oauth ? loadServe() : undefined;
    const authenticated = await authenticate(request, context);
    if (authenticated instanceof Response) return authenticated;
    const { serve } = await (loading ?? loadServe());
    checked ??= withoutInvalid(offer);
    return serve(request, context, authenticated, checked);
  };
  return endpoint({
    name: 'mcp',
    methods: { POST: handle, GET: handle, DELETE: handle },
    cors: true,
    renderError: (error) => {
      const code = error.status >= 500 ? errorCodes.internalError : errorCodes.invalidRequest;
      return errorResponse(error.status, code, error.message, error.responseHeaders());
    },
  });
}

/** One invalid feature must not take the others with it: it is left out, and named in the log and at `/health`. */
function withoutInvalid({ identity, features }: Offer): Offer {
  const { findings, servable } = checkFeatures(features);
  for (const { feature, problem, fix, served } of findings)
    log(served ? 'warn' : 'error', served ? 'invalid feature' : 'feature left out', {
      feature,
      problem,
      fix,
    });
  return { identity, features: servable };
}

/** Whether there is an MCP endpoint at a path. That of an organization is at the deployment's own origins. */
function isEndpoint({ config, origin, url: { pathname } }: Context): boolean {
  if (!isOrganizationPath(pathname)) return true;
  return (
    config.organizations !== undefined &&
    organizationInPath(pathname) !== undefined &&
    organizationOfOrigin(origin, config) === undefined
  );
}

let loaded: Promise<typeof import('./serve.ts')> | undefined;

/** Loads the SDK once. Repeating an `import()` is not free. */
function loadServe() {
  loaded ??= import('./serve.ts');
  return loaded;
}
