import { act } from '../lib/connections/act.ts';
import { showConnections } from '../lib/connections/page.ts';
import { endpoint, type SignInContext } from '../lib/http/endpoint.ts';
import { OAuthError } from '../lib/http/errors.ts';
import { connectionsRefusalPage } from '../lib/pages/connections.ts';

export default endpoint({
  name: 'connections',
  requires: 'oauth',
  methods: {
    GET: async (request, context) =>
      isAboutAccounts(context)
        ? (await accounts()).showAccountLink(request, context)
        : showConnections(request, context),
    POST: async (request, context) =>
      isAboutAccounts(context)
        ? (await accounts()).decideAccountLink(request, context)
        : act(request, context),
  },
  renderError: connectionsRefusalPage,
});

const accounts = () => import('../lib/connections/accounts/page.ts');

/** Whether the request is for `/connections/accounts`, which exists only if the server uses accounts. */
function isAboutAccounts({ url, config }: SignInContext): boolean {
  if (url.pathname !== '/connections/accounts') return false;
  if (config.oauth.connectedAccounts.length > 0) return true;
  throw new OAuthError('invalid_request', 'This server uses no accounts of other companies.', {
    status: 404,
  });
}
