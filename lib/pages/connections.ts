import type { Context } from '../http/endpoint.ts';
import type { OAuthError } from '../http/errors.ts';
import { serverLine } from './brand.ts';
import { connectionsStyle } from './connections-style.ts';
import { type ErrorPage, errorPage, isTemporary, pageOfRefusal } from './error.ts';
import { type Html, html } from './html.ts';
import { page } from './layout.ts';

/** A client that the user let in. */
export type ConnectionView = {
  /** The client's name, as the client states it. */
  name: string;
  /** The host, or the app, that the user was sent back to. */
  host: string;
  /** What it can do, in the consent page's words. */
  permissions: string[];
  connectedAtSeconds: number;
  lastUsedAtSeconds: number;
  /** The host of this server where it is connected, if that is another one. */
  otherHost: string | undefined;
  /** Whether it is over here, but not known to be over at the tenant. */
  unconfirmed: boolean;
  /** The hidden field of its form. */
  form: string;
};

/** An account at another company that the user has connected. */
export type AccountView = {
  /** What the company is called. */
  provider: string;
  /** The connection's name at Auth0. */
  connection: string;
  /** In the company's words. */
  scopes: string[];
  connectedAtSeconds: number;
  /** The hidden field of its form. */
  form: string;
};

/** Undefined if the server uses no accounts; or why they cannot be shown. */
export type AccountsView = AccountView[] | 'sign-in' | 'unavailable' | undefined;

export type ConnectionsView = {
  /** The public origin of this server. */
  origin: string;
  /** The MCP endpoint's URL. */
  url: string;
  /** Who is signed in; undefined if the tenant does not say what they are called. */
  userName: string | undefined;
  /** The organization that they signed in to; undefined outside any. */
  organization: string | undefined;
  connections: ConnectionView[];
  accounts?: AccountsView;
  /** Name of the forms' hidden field, and its values for the buttons below the list. */
  field: string;
  disconnectAll: string;
  signOut: string;
  /** A message above the list. */
  notice: string | undefined;
  status: number;
};

/** The page where users see which clients they let in, and end each. */
export function connectionsPage(view: ConnectionsView): Response {
  const { origin, connections, field, userName, organization } = view;
  const server = new URL(origin).host;
  return page({
    origin,
    title: `Your connections – ${server}`,
    status: view.status,
    style: connectionsStyle,
    formAction: ["'self'"],
    body: html`${serverLine(origin)}
<h1>Your connections</h1>
${view.notice && html`<p class="notice" role="alert">${view.notice}</p>`}
${
  connections.length
    ? html`${connections.some(({ unconfirmed }) => !unconfirmed) && html`<p>These apps can use <strong>${server}</strong> on your behalf. Their names are their own and not verified.</p>`}
<ul class="rows">
${connections.map((connection) => row(connection, field))}
</ul>`
    : empty(view)
}
${accountsSection(view)}
<div class="actions">
${connections.length > 1 && button(field, view.disconnectAll, html`Disconnect all`)}
${button(field, view.signOut, html`Sign out of this page`)}
</div>
<footer>
<p>You are signed in${userName && html` as <bdi>${userName}</bdi>`}${organization && html` to the organization <bdi>${organization}</bdi>`}.
A disconnected app loses access within a minute. It can ask you again.</p>
</footer>`,
  });
}

function row(connection: ConnectionView, field: string): Html {
  const { name, host, permissions, connectedAtSeconds, lastUsedAtSeconds, otherHost, unconfirmed } =
    connection;
  return html`<li>
<h2><bdi>${name}</bdi></h2>
<p>${host}</p>
${unconfirmed && html`<p class="unconfirmed">Disconnected here, not confirmed at sign-in yet</p>`}
<ul class="permissions">
${permissions.map((permission) => html`<li>${permission}</li>`)}
</ul>
<dl>
<div><dt>Connected</dt><dd>${time(connectedAtSeconds, { dateStyle: 'medium', timeStyle: 'short' })} UTC</dd></div>
<div><dt>Last used</dt><dd>${time(lastUsedAtSeconds, { dateStyle: 'medium' })}</dd></div>
${otherHost && html`<div><dt>Connected at</dt><dd>${otherHost}, another address of this server</dd></div>`}
</dl>
${button(field, connection.form, html`${unconfirmed ? 'Try again' : 'Disconnect'}<span class="unseen"> ${name}</span>`)}
</li>`;
}

function accountsSection({ accounts, field }: ConnectionsView): Html | undefined {
  if (accounts === undefined) return undefined;
  return html`<h2 class="section">Connected accounts</h2>
${Array.isArray(accounts) ? accountRows(accounts, field) : accountsHidden[accounts]}`;
}

const accountsHidden = {
  'sign-in': html`<p>Sign in again to see the accounts that you have connected.</p>
<form method="post" action="/connections" class="stack"><button type="submit" name="sign-in" value="any">Sign in again</button></form>`,
  unavailable: html`<p>The accounts that you have connected cannot be shown right now. Wait a moment, then reload this page.</p>`,
};

function accountRows(accounts: AccountView[], field: string): Html {
  if (accounts.length === 0)
    return html`<p>None. An app asks you to connect one when it needs an account at another company.</p>`;
  return html`<p>Apps that you connected above can use these accounts through this server.</p>
<ul class="rows">
${accounts.map(
  ({ provider, connection, scopes, connectedAtSeconds, form }) => html`<li>
<h3>${provider}</h3>
<p>${connection}</p>
<ul class="permissions">
${scopes.map((scope) => html`<li><code>${scope}</code></li>`)}
</ul>
<dl>
<div><dt>Connected</dt><dd>${time(connectedAtSeconds, { dateStyle: 'medium', timeStyle: 'short' })} UTC</dd></div>
</dl>
${button(field, form, html`Disconnect<span class="unseen"> ${provider}</span>`)}
</li>`,
)}
</ul>`;
}

function empty({ url }: ConnectionsView): Html {
  return html`<p>No app is connected.</p>
<p>To connect one, add this URL to it: <code>${url}</code>. <a href="/">How to add it to your app</a></p>`;
}

function button(field: string, value: string, label: Html): Html {
  return html`<form method="post" action="/connections"><input type="hidden" name="${field}" value="${value}">
<button type="submit">${label}</button></form>`;
}

/** In UTC, because the server does not know where its user is. */
function time(seconds: number, format: Intl.DateTimeFormatOptions): Html {
  const date = new Date(seconds * 1000);
  const text = date.toLocaleString('en-GB', { ...format, timeZone: 'UTC' });
  return html`<time datetime="${date.toISOString()}">${text}</time>`;
}

const link = { text: 'Go to your connections', href: '/connections' };

/** The error page for a sign-in to the page that cannot continue. */
export function signInAgainPage({ title, message }: ErrorPage, context: Context): Response {
  const advice =
    'If someone sent you a link, close this page. Otherwise, allow cookies for this site and try again.';
  return errorPage({ title, message, advice, link }, context);
}

/** The error page for everything that the page refuses or cannot do. */
export function connectionsRefusalPage(error: OAuthError, context: Context): Response {
  if (error.status === 404)
    return errorPage(
      {
        title: 'There are no connections',
        message: error.message,
        advice: 'Apps use it without an account.',
        status: 404,
      },
      context,
    );
  const title = isTemporary(error) ? 'Your connections are not available right now' : 'This did not work';
  const advice = isTemporary(error) ? 'Wait a moment, then try again.' : 'Open the page again.';
  return pageOfRefusal(error, { title, message: error.message, advice, link }, context);
}
