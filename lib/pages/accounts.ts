import type { Context } from '../http/endpoint.ts';
import type { OAuthError } from '../http/errors.ts';
import { serverTitle } from '../identity.ts';
import { serverLine } from './brand.ts';
import { errorPage, pageOfRefusal } from './error.ts';
import { type Html, html } from './html.ts';
import { page } from './layout.ts';

/** What somebody sees who follows a link to connect an account and must sign in first, or as somebody else. */
export type AccountSignInView = {
  origin: string;
  /** The link's name. */
  link: string;
  /** Host of the tenant, where the user signs in. */
  tenantHost: string;
  formAction: string[];
  /** Whoever is signed in, if the link is not for them. */
  otherUser?: string;
  notice?: string;
  status?: number;
  cookies?: string[];
};

/** Nothing here says what the link is for: only its user may know. */
export function accountSignInPage(view: AccountSignInView): Response {
  const { origin, status, cookies, formAction, otherUser } = view;
  const server = new URL(origin).host;
  return page({
    title: `Connect an account – ${server}`,
    ...{ origin, formAction },
    ...(status !== undefined && { status }),
    ...(cookies && { cookies }),
    body: html`${serverLine(origin)}
<h1>${otherUser === undefined ? 'Sign in to connect an account' : 'This link is for another user'}</h1>
${view.notice && html`<p class="notice" role="alert">${view.notice}</p>`}
${
  otherUser === undefined
    ? html`<p>An app that you use with <strong>${server}</strong> asks you to connect an account. First, show that it is you: sign in with the account that you used to connect the app.</p>`
    : html`<p>You are signed in as <bdi>${otherUser}</bdi>, and the link was made for somebody else.</p>
<p>If you connected the app with another account, use that one. If someone sent you this link, close this page.</p>`
}
<form method="post" action="/connections/accounts" class="stack">
<input type="hidden" name="link" value="${view.link}">
${otherUser === undefined && html`<button type="submit" name="sign-in" value="any" class="primary">Sign in</button>`}
<button type="submit" name="sign-in" value="another">Use another account</button>
</form>
<footer>
<p>You sign in with Auth0 at <bdi>${view.tenantHost}</bdi>. Your password stays there.</p>
</footer>`,
  });
}

export type ConnectAccountView = {
  origin: string;
  /** What the company is called. */
  provider: string;
  /** In the company's words. */
  scopes: string[];
  /** Who is signed in; undefined if the tenant does not say what they are called. */
  userName: string | undefined;
  /** The name of the app that asked, as it states it; undefined if it is not known here any more. */
  clientName: string | undefined;
  tenantHost: string;
  field: string;
  form: string;
  formAction: string[];
};

/** Asks whether to connect an account. Cancel comes first, so that pressing Enter connects nothing. */
export function connectAccountPage(view: ConnectAccountView): Response {
  const { origin, provider, userName, clientName } = view;
  const server = new URL(origin).host;
  return page({
    origin,
    title: `Connect your ${provider} account? – ${server}`,
    formAction: view.formAction,
    body: html`${serverLine(origin)}
<h1>Connect your ${provider} account?</h1>
<p>${clientName ? html`<bdi>${clientName}</bdi>` : 'An app that you use'} asks for this. <strong>${serverTitle}</strong> will then use the account for you when apps call its tools.</p>
<dl class="facts">
<div><dt>Account at</dt><dd class="host">${provider}</dd></div>
<div><dt>Attached to your account here</dt><dd class="host">${userName ? html`<bdi>${userName}</bdi>` : 'The one that you are signed in with'}</dd></div>
<div><dt>On this server</dt><dd>${server}</dd></div>
<div><dt>App that asks</dt><dd>${appName(clientName)}</dd></div>
</dl>
<p>It asks ${provider} for:</p>
<ul class="small">
${view.scopes.map((scope) => html`<li><code>${scope}</code></li>`)}
</ul>
<form method="post" action="/connections/accounts">
<input type="hidden" name="${view.field}" value="${view.form}">
<div class="actions">
<button type="submit" name="decision" value="cancel">Cancel</button>
<button type="submit" name="decision" value="connect" class="primary">Continue to ${provider}</button>
</div>
</form>
<footer>
<p>Continue only if you just asked an app for something that needs this. You choose the account at ${provider}. Auth0 at <bdi>${view.tenantHost}</bdi> keeps the access, and you can end it at <a href="/connections">your connections</a>.</p>
</footer>`,
  });
}

function appName(clientName: string | undefined): Html {
  return clientName
    ? html`<bdi>${clientName}</bdi> <span class="quiet small">(its own name, not verified)</span>`
    : html`An app that you connected`;
}

type Ended = { provider: string; clientName: string | undefined };

/** The account is connected. */
export function connectedPage({ provider, clientName }: Ended, { origin }: Context): Response {
  return page({
    origin,
    title: `${provider} is connected – ${new URL(origin).host}`,
    body: html`${serverLine(origin)}
<h1>${provider} is connected</h1>
<p>Go back to ${clientName ? html`<bdi>${clientName}</bdi>` : 'the app'}. It continues there, or asks again if you did not allow all that it needs. You can close this page.</p>
<p><a href="/connections">See or end what you have connected</a></p>`,
  });
}

/** The user, or the provider, said no. */
export function notConnectedPage({ provider, clientName }: Ended, { origin }: Context): Response {
  return page({
    origin,
    title: `${provider} is not connected – ${new URL(origin).host}`,
    body: html`${serverLine(origin)}
<h1>${provider} is not connected</h1>
<p>Nothing was changed. You can close this page. If you want to connect it after all, ask ${clientName ? html`<bdi>${clientName}</bdi>` : 'the app'} again.</p>`,
  });
}

/** A link that leads nowhere. */
export function linkOverPage(context: Context): Response {
  return errorPage(
    {
      title: 'This link no longer works',
      message: 'A link to connect an account works once and for ten minutes, while the app is connected.',
      advice: 'Go back to the app and ask again: it shows you a new link.',
      status: 404,
    },
    context,
  );
}

const notAttached = {
  title: 'The account was not connected',
  advice: 'If someone sent you a link, close this page. Otherwise, go back to the app and ask again.',
};

/** Somebody came back from the provider, and the account was not attached to anybody. */
export function connectingFailedPage(message: string, context: Context): Response {
  return errorPage({ ...notAttached, message, status: 400 }, context);
}

/** The same, because the tenant or the store refused or failed. */
export function connectingRefusedPage(error: OAuthError, context: Context): Response {
  return pageOfRefusal(error, { ...notAttached, message: error.message }, context);
}
