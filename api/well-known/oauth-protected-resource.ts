import { discoveryDocumentAt } from '../../lib/discovery.ts';
import { type Context, endpoint, type SignInContext } from '../../lib/http/endpoint.ts';
import { OAuthError } from '../../lib/http/errors.ts';
import { metadataCaching, protectedResourceMetadata, resourceAt } from '../../lib/oauth/metadata.ts';

/** Two endpoints in one function, because the Hobby plan deploys 12: the documents of discovery exist without sign-in too. */
export default {
  fetch: (request: Request): Promise<Response> =>
    /\/(?:(?:ai-)?catalog\.json|server-card(?:\.json)?)$/.test(new URL(request.url).pathname)
      ? discovery.fetch(request)
      : metadata.fetch(request),
};

const discovery = endpoint({ name: 'discovery', methods: { GET: discoveryDocument }, cors: true });

function discoveryDocument({ headers }: Request, { url, origin }: Context): Response {
  const document = discoveryDocumentAt(url.pathname, origin, headers.get('if-none-match'));
  if (!document)
    throw new OAuthError('invalid_request', 'There is no document at this path.', { status: 404 });
  return document;
}

const metadata = endpoint({
  name: 'resource-metadata',
  requires: 'oauth',
  methods: { GET: resourceMetadata },
  cors: true,
});

function resourceMetadata(_request: Request, context: SignInContext): Response {
  const resource = resourceAt(context.url.pathname, context.origin, context.config);
  if (!resource)
    throw new OAuthError('invalid_request', 'There is no protected resource at this path.', { status: 404 });
  return Response.json(protectedResourceMetadata(context.origin, resource), { headers: metadataCaching });
}
