import { type Context, endpoint } from '../../lib/http/endpoint.ts';
import { OAuthError } from '../../lib/http/errors.ts';
import { oauthConfig } from '../../lib/oauth/enabled.ts';
import {
  authorizationServerMetadata,
  metadataCaching,
  openidConfiguration,
  serverDocumentAt,
} from '../../lib/oauth/metadata.ts';

export default endpoint({ name: 'server-metadata', methods: { GET: serverMetadata }, cors: true });

function serverMetadata(_request: Request, context: Context): Response {
  const oauth = oauthConfig(context);
  const { origin, url } = context;
  const document = serverDocumentAt(url.pathname);
  if (!document)
    throw new OAuthError('invalid_request', 'There is no authorization server at this path.', {
      status: 404,
    });
  const metadata =
    document === 'openid' ? openidConfiguration(origin, oauth) : authorizationServerMetadata(origin);
  return Response.json(metadata, { headers: metadataCaching });
}
