import { finishSignIn, isConnectionsSignIn } from '../lib/connections/callback.ts';
import { endpoint, type SignInContext } from '../lib/http/endpoint.ts';
import { callback } from '../lib/oauth/authorization/callback.ts';
import { refusalPage } from '../lib/pages/error.ts';

export default endpoint({
  name: 'callback',
  requires: 'oauth',
  methods: { GET: answer },
  renderError: refusalPage,
});

/**
 * The tenant has one callback for two kinds of sign-in, and for those who connect an account. The states are sealed under keys
 * of their own.
 */
async function answer(request: Request, context: SignInContext): Promise<Response> {
  if (context.config.oauth.connectedAccounts.length > 0) {
    const { isAccountReturn } = await import('../lib/connections/accounts/state.ts');
    if (isAccountReturn(context))
      return (await import('../lib/connections/accounts/provider.ts')).comeBack(request, context);
  }
  return isConnectionsSignIn(context) ? finishSignIn(request, context) : callback(request, context);
}
