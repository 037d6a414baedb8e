import { type Connection, connectionsOf, endConnection } from '../access-token/connections.ts';
import { TenantError } from '../auth0/errors.ts';
import type { SignInContext } from '../http/endpoint.ts';
import { OAuthError, refusalOf } from '../http/errors.ts';
import { bodyParameters } from '../http/parameters.ts';
import { redirect } from '../http/redirect.ts';
import { requireSameOrigin } from '../http/same-origin.ts';
import { waitUntil } from '../invocation.ts';
import { annotate } from '../log.ts';
import { audit } from '../store/audit.ts';
import { limited } from '../store/rate-limit.ts';
import { openForm } from './form.ts';
import { readInvitation } from './invitation.ts';
import { askToSignIn, connectionsFor, listConnections, signedOut } from './page.ts';
import { endSession, readSession, userOf } from './session.ts';
import { startSignIn } from './sign-in.ts';

/** Connections ended at the same time: each is a call to the tenant. */
const atOnce = 10;

/** `POST /connections`: one of the page's buttons. */
export async function act(request: Request, context: SignInContext): Promise<Response> {
  const { config, origin } = context;
  requireSameOrigin(request, origin);
  const parameters = await bodyParameters(request);
  const signIn = parameters.get('sign-in');
  if (signIn !== undefined) {
    const invitation = await readInvitation(request, context, () => parameters);
    return startSignIn(request, context, { prompt: signIn === 'another' ? 'login' : undefined, invitation });
  }

  const session = readSession(request, context);
  if (!session) return askToSignIn(context, signedOut);
  const does = openForm(context, session, parameters);
  annotate({ action: does?.action ?? 'none' });
  // Needs no store: signing out always works.
  if (does?.action === 'sign-out') {
    if (config.oauth.connectedAccounts.length > 0) {
      const { forgetAccountToken } = await import('./accounts/token.ts');
      waitUntil(forgetAccountToken(config, session));
    }
    return redirect(request, `${origin}/connections`, [endSession(origin)]);
  }

  const noted = await limited(context, request, 'authorize', () => connectionsFor(context, session));
  if (!noted) return askToSignIn(context, signedOut);
  if (!does) {
    const notice = 'The page belonged to another sign-in, so nothing was changed. Choose again.';
    return listConnections(context, session, noted, { notice, status: 403 });
  }
  if (does.action === 'disconnect-account') {
    const { endAccount } = await import('./accounts/list.ts');
    try {
      await endAccount(context, session, does.account);
      return redirect(request, `${origin}/connections`);
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      const { code, message } = refusalOf(error, context.requestId);
      const notice = code === 'access_denied' ? message : `The account may still be connected. ${message}`;
      return listConnections(context, session, noted, { notice, status: 503 });
    }
  }
  // Among the user's own, ended ones included, because the tenant may not know of their end. A grant that is not there is
  // over for the tenant too, or is somebody else's.
  const chosen = does.action === 'disconnect' ? noted.filter(({ id }) => id === does.grant) : noted;
  const unconfirmed = await end(context, userOf(session), chosen);
  if (unconfirmed.length === 0) return redirect(request, `${origin}/connections`);
  const notice =
    'The apps marked below can no longer use this server, but Auth0 did not confirm it. Wait a moment, then try again.';
  const connections = await connectionsOf(config, userOf(session));
  return listConnections(context, session, connections, { notice, status: 503, unconfirmed });
}

/**
 * Ends connections. Here they are over in any case.
 *
 * @returns those that the tenant did not confirm to be over.
 * @throws StoreUnavailable
 */
async function end(context: SignInContext, user: string, chosen: Connection[]): Promise<Connection[]> {
  const unconfirmed: Connection[] = [];
  for (let next = 0; next < chosen.length; next += atOnce)
    await Promise.all(
      chosen.slice(next, next + atOnce).map(async (connection) => {
        if (!(await endOne(context, user, connection))) unconfirmed.push(connection);
      }),
    );
  return unconfirmed;
}

/**
 * Ends a connection. The audit log gets one entry, however often the user must try.
 *
 * @returns whether the tenant knows it too; here it is over in either case.
 * @throws StoreUnavailable
 */
async function endOne(context: SignInContext, user: string, connection: Connection): Promise<boolean> {
  const { config, requestId } = context;
  let reason: string | undefined;
  try {
    await endConnection(config, user, connection);
  } catch (error) {
    if (!(error instanceof TenantError)) throw error;
    reason = `not confirmed by the tenant: ${refusalOf(error, requestId).code}`;
  }
  const { id: grant, clientId: client, ended } = connection;
  if (!ended)
    audit(config, {
      action: 'connection-ended',
      actor: 'user',
      ...{ user, client, grant },
      ...(connection.organization && { organization: connection.organization.id }),
      ...(reason && { reason }),
    });
  return reason === undefined;
}
