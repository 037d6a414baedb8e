import { type Connection, connectionsOf } from '../access-token/connections.ts';
import { grantsEndedBeforeSeconds } from '../access-token/sign-out.ts';
import type { SignInContext } from '../http/endpoint.ts';
import { queryParameters } from '../http/parameters.ts';
import { tenantFormAction } from '../oauth/authorization/tenant-authorization.ts';
import { organizationOfOrigin } from '../organizations/address.ts';
import { mcpResource } from '../origin.ts';
import { type AccountsView, type ConnectionView, connectionsPage } from '../pages/connections.ts';
import { connectionsSignInPage } from '../pages/connections-sign-in.ts';
import { providerName } from '../provider-names.ts';
import { describeScope, isGrantable } from '../scope-rules.ts';
import { limit, limited } from '../store/rate-limit.ts';
import { formField, sealForm } from './form.ts';
import { type Invitation, readInvitation } from './invitation.ts';
import { endSession, personOf, readSession, type Session, userOf } from './session.ts';

/**
 * `GET /connections`: the user's connections, or a button to sign in. The button is there although the tenant may know the
 * user already: a link or an image on another site can make a browser send this GET, and must not start a sign-in.
 */
export async function showConnections(request: Request, context: SignInContext): Promise<Response> {
  const session = readSession(request, context);
  const invitation = await readInvitation(request, context, () => queryParameters(context.url));
  if (!session || invitation) {
    await limit(context, request, 'authorize');
    return askToSignIn(context, undefined, invitation);
  }
  const connections = await limited(context, request, 'authorize', () => connectionsFor(context, session));
  return connections ? listConnections(context, session, connections) : askToSignIn(context, signedOut);
}

/** Why a session that the browser still holds does not count. */
export const signedOut = 'You were signed out. Sign in again.';

/**
 * The connections of the session's user, ended ones included; undefined if an operator has signed the user out since.
 *
 * @throws StoreUnavailable
 */
export async function connectionsFor(
  { config }: SignInContext,
  session: Session,
): Promise<Connection[] | undefined> {
  const user = userOf(session);
  const [endedBeforeSeconds, connections] = await Promise.all([
    grantsEndedBeforeSeconds(config, personOf(session)),
    connectionsOf(config, user),
  ]);
  return session.signedInAtSeconds < endedBeforeSeconds ? undefined : connections;
}

/** The page of somebody who is not signed in to it, or no longer: then with a notice. Also of somebody who is invited. */
export function askToSignIn(
  { config, origin }: SignInContext,
  notice?: string,
  invitation?: Invitation,
): Response {
  return connectionsSignInPage({
    invitation: invitation && {
      organization: invitation.organization.displayName ?? invitation.organization.name,
      fields: { invitation: invitation.ticket, organization: invitation.organization.id },
    },
    origin,
    tenantHost: new URL(config.oauth.tenant).host,
    formAction: tenantFormAction(config),
    notice,
    status: notice ? 403 : 200,
    cookies: notice ? [endSession(origin)] : [],
  });
}

type Shown = { notice?: string; status?: number; unconfirmed?: Connection[] };

/**
 * The page with the user's connections that are not over; those whose end the tenant has not confirmed come first. Then the
 * accounts at other companies that the user has connected, if the server uses any.
 */
export async function listConnections(
  context: SignInContext,
  session: Session,
  connections: Connection[],
  { notice, status = 200, unconfirmed = [] }: Shown = {},
): Promise<Response> {
  const { origin } = context;
  const accounts = await accountsShown(context, session);
  const view = (connection: Connection, isUnconfirmed: boolean): ConnectionView => ({
    name: connection.clientName,
    host: connection.host,
    permissions: connection.scopes.filter(isGrantable).map(describeScope),
    connectedAtSeconds: connection.signedInAtSeconds,
    lastUsedAtSeconds: connection.lastUsedAtSeconds,
    otherHost: connection.origin === origin ? undefined : new URL(connection.origin).host,
    unconfirmed: isUnconfirmed,
    form: sealForm(context, session, { action: 'disconnect', grant: connection.id }),
  });
  return connectionsPage({
    origin,
    url: mcpResource(
      origin,
      organizationOfOrigin(origin, context.config) ? undefined : session.organization?.name,
    ),
    userName: session.name,
    organization: session.organization?.name,
    connections: [
      ...unconfirmed.map((connection) => view(connection, true)),
      ...connections.filter(({ ended }) => !ended).map((connection) => view(connection, false)),
    ],
    field: formField,
    accounts,
    disconnectAll: sealForm(context, session, { action: 'disconnect-all' }),
    signOut: sealForm(context, session, { action: 'sign-out' }),
    notice,
    status,
  });
}

async function accountsShown(context: SignInContext, session: Session): Promise<AccountsView> {
  if (context.config.oauth.connectedAccounts.length === 0) return undefined;
  const { accountsFor } = await import('./accounts/list.ts');
  const accounts = await accountsFor(context, session);
  if (!Array.isArray(accounts)) return accounts;
  return accounts.map(({ id, connection, scopes, created_at }) => ({
    provider: providerName(connection),
    connection,
    scopes,
    connectedAtSeconds: Math.floor((Date.parse(created_at) || 0) / 1000),
    form: sealForm(context, session, { action: 'disconnect-account', account: id }),
  }));
}
