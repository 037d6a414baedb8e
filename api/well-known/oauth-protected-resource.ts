import { type Context, endpoint } from '../../lib/http/endpoint.ts';
import { OAuthError } from '../../lib/http/errors.ts';
import { oauthConfig } from '../../lib/oauth/enabled.ts';
import { metadataCaching, protectedResourceMetadata, resourceAt } from '../../lib/oauth/metadata.ts';

export default endpoint({ name: 'resource-metadata', methods: { GET: resourceMetadata }, cors: true });

function resourceMetadata(_request: Request, context: Context): Response {
  oauthConfig(context);
  const resource = resourceAt(context.url.pathname, context.origin);
  if (!resource)
    throw new OAuthError('invalid_request', 'There is no protected resource at this path.', { status: 404 });
  return Response.json(protectedResourceMetadata(context.origin, resource), { headers: metadataCaching });
}
