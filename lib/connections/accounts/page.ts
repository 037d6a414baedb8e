import { noteOutcome, readAccountLink, takeAccountLink } from '../../access-token/account-link.ts';
import type { SignInContext } from '../../http/endpoint.ts';
import { bodyParameters, queryParameter } from '../../http/parameters.ts';
import { requireSameOrigin } from '../../http/same-origin.ts';
import { annotate } from '../../log.ts';
import { tenantFormAction } from '../../oauth/authorization/tenant-authorization.ts';
import {
  type AccountSignInView,
  accountSignInPage,
  connectAccountPage,
  linkOverPage,
  notConnectedPage,
} from '../../pages/accounts.ts';
import { providerName } from '../../provider-names.ts';
import { limited } from '../../store/rate-limit.ts';
import { formField } from '../form.ts';
import { endSession, readSession, type Session } from '../session.ts';
import { startSignIn } from '../sign-in.ts';
import { openAccountForm, sealAccountForm } from './form.ts';
import { isLinkId, type LinkRefusal, openLink } from './link.ts';
import { goToProvider } from './provider.ts';
import { accountTokenOf } from './token.ts';

/** The page's path: what a link to connect an account leads to. */
export const accountsPath = '/connections/accounts';

/**
 * `GET /connections/accounts?link=`: asks the user for whom the link was made whether to connect an account. Opening it
 * changes nothing, so a link preview does not use it up.
 */
export async function showAccountLink(request: Request, context: SignInContext): Promise<Response> {
  const id = queryParameter(context.url, 'link');
  if (!isLinkId(id)) return linkOverPage(context);
  const session = readSession(request, context);
  return limited(context, request, 'authorize', async () => {
    if (!session) return signInFirst(context, id);
    const [opened, token] = await Promise.all([
      openLink(context, session, id),
      accountTokenOf(context.config, session),
    ]);
    if ('failure' in opened) return refuse(context, session, id, opened.failure);
    if (token === undefined) return signInFirst(context, id, { notice: expired });
    const { link, clientName } = opened.value;
    return connectAccountPage({
      origin: context.origin,
      provider: providerName(link.connection),
      scopes: link.scopes,
      userName: session.name,
      clientName,
      tenantHost: new URL(context.config.oauth.tenant).host,
      field: formField,
      form: sealAccountForm(context, session, id),
      formAction: providerFormAction(context),
    });
  });
}

/** `POST /connections/accounts`: a button of one of these pages. */
export async function decideAccountLink(request: Request, context: SignInContext): Promise<Response> {
  const { config, origin } = context;
  requireSameOrigin(request, origin);
  const parameters = await bodyParameters(request);
  const signIn = parameters.get('sign-in');
  const unsigned = parameters.get('link');
  if (signIn !== undefined && isLinkId(unsigned)) {
    const link = await limited(context, request, 'authorize', () => readAccountLink(config, unsigned));
    return startSignIn(request, context, {
      prompt: signIn === 'another' ? 'login' : undefined,
      link: unsigned,
      organization: link?.organization,
    });
  }

  const session = readSession(request, context);
  if (!session) return linkOverPage(context);
  const id = openAccountForm(context, session, parameters);
  return limited(context, request, 'authorize', async () => {
    const token = await accountTokenOf(config, session);
    // Before the link is used up: it still works after the sign-in.
    if (token === undefined) return signInFirst(context, id, { notice: expired });
    const taken = await takeAccountLink(config, id);
    if (!taken) return linkOverPage(context);
    const opened = await openLink(context, session, id, taken);
    if ('failure' in opened) return refuse(context, session, id, opened.failure);
    const { link, clientName } = opened.value;
    const decision = parameters.get('decision');
    annotate({ action: `account ${decision === 'connect' ? 'connect' : 'decline'}` });
    if (decision !== 'connect') {
      await noteOutcome(config, link, 'declined');
      return notConnectedPage({ provider: providerName(link.connection), clientName }, context);
    }
    return goToProvider(request, context, { session, link, token });
  });
}

const expired = 'Your sign-in to this page has expired. Sign in again to continue.';

function signInFirst(
  { config, origin }: SignInContext,
  link: string,
  more: Partial<AccountSignInView> = {},
): Response {
  return accountSignInPage({
    origin,
    link,
    tenantHost: new URL(config.oauth.tenant).host,
    formAction: tenantFormAction(config),
    ...more,
  });
}

function refuse(context: SignInContext, session: Session, id: string, refusal: LinkRefusal): Response {
  annotate({ outcome: 'refused', reason: refusal });
  if (refusal === 'over') return linkOverPage(context);
  if (refusal === 'signed-out')
    return signInFirst(context, id, {
      notice: 'You were signed out. Sign in again.',
      status: 403,
      cookies: [endSession(context.origin)],
    });
  return signInFirst(context, id, { otherUser: session.name ?? 'another user', status: 403 });
}

/** Where the way to the provider leads: as at a sign-in, and for a tenant on this machine its provider there. */
function providerFormAction({ config }: SignInContext): string[] {
  const { protocol } = new URL(config.oauth.tenant);
  return [...tenantFormAction(config), ...(protocol === 'http:' ? ['http://localhost:*'] : [])];
}
