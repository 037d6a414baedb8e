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

/** The tenant has one callback for two kinds of sign-in, whose states are sealed under keys of their own. */
function answer(request: Request, context: SignInContext): Promise<Response> {
  return isConnectionsSignIn(context) ? finishSignIn(request, context) : callback(request, context);
}
