import { endpoint, type SignInContext } from '../../lib/http/endpoint.ts';
import { OAuthError } from '../../lib/http/errors.ts';
import {
  authorizationServerMetadata,
  metadataCaching,
  openidConfiguration,
  serverDocumentAt,
} from '../../lib/oauth/metadata.ts';

export default endpoint({
  name: 'server-metadata',
  requires: 'oauth',
  methods: { GET: serverMetadata },
  cors: true,
});

function serverMetadata(_request: Request, { config, origin, url }: SignInContext): Response {
  const document = serverDocumentAt(url.pathname, config);
  if (!document)
    throw new OAuthError('invalid_request', 'There is no authorization server at this path.', {
      status: 404,
    });
  const metadata =
    document === 'openid' ? openidConfiguration(origin, config) : authorizationServerMetadata(origin, config);
  return Response.json(metadata, { headers: metadataCaching });
}
