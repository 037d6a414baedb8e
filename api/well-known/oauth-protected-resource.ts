import { endpoint, type SignInContext } from '../../lib/http/endpoint.ts';
import { OAuthError } from '../../lib/http/errors.ts';
import { metadataCaching, protectedResourceMetadata, resourceAt } from '../../lib/oauth/metadata.ts';

export default endpoint({
  name: 'resource-metadata',
  requires: 'oauth',
  methods: { GET: resourceMetadata },
  cors: true,
});

function resourceMetadata(_request: Request, context: SignInContext): Response {
  const resource = resourceAt(context.url.pathname, context.origin);
  if (!resource)
    throw new OAuthError('invalid_request', 'There is no protected resource at this path.', { status: 404 });
  return Response.json(protectedResourceMetadata(context.origin, resource), { headers: metadataCaching });
}
