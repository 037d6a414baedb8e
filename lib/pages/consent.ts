import { serverTitle } from '../identity.ts';
import { serverLine } from './brand.ts';
import { html } from './html.ts';
import { page } from './layout.ts';

export type ConsentView = {
  /** The public origin of this server. */
  origin: string;
  /** The client's name, as the client states it. */
  clientName: string;
  /** Host of the client's metadata document; undefined for a registered client. */
  documentHost: string | undefined;
  /** The host, or the app, that the user is sent back to. */
  destination: string;
  /** Whether the answer goes to an app on the user's own device, or in their network. */
  onUsersDevice: boolean;
  scopes: { name: string; description: string }[];
  /** The organization in which the client gets access; undefined outside any, or if the user has yet to choose. */
  organization: string | undefined;
  /** Host of the tenant, where the user signs in next. */
  tenantHost: string;
  /** A message above the form, if the page is shown again after a submission. */
  notice: string | undefined;
  /** What the server learns about the user. */
  userClaims: readonly ('name' | 'email')[];
  /** Who has signed in already, if the page is shown after the sign-in. */
  signedInAs: string | undefined;
  /** The sealed authorization request, submitted with the form. */
  sealed: string;
  formAction: string[];
  cookies: string[];
};

/** Prefix of the checkbox names. Each scope has its own field, so that no form parameter is repeated. */
export const scopeField = 'scope:';

/** What the server learns about the user; it is not passed on to the client. */
function identityLine(claims: ConsentView['userClaims']): string {
  const words = { name: 'your name', email: 'your email address' };
  if (claims.length === 0) return 'This server learns nothing else about you.';
  return `This server, not the app, receives ${claims.map((claim) => words[claim]).join(' and ')}.`;
}

/**
 * The consent page: which client is asking, where it sends the user back to, and what it can do. Deny comes
 * first, so that pressing Enter never allows.
 */
export function consentPage(view: ConsentView): Response {
  const server = new URL(view.origin).host;
  const body = html`${serverLine(view.origin)}
<h1>Connect <bdi>${view.clientName}</bdi>?</h1>
<p>This app wants to use <strong>${serverTitle}</strong> at <strong>${server}</strong> on your behalf${
    view.organization && html`, in the organization <strong><bdi>${view.organization}</bdi></strong>`
  }.</p>
${view.notice && html`<p class="notice" role="alert">${view.notice}</p>`}
<dl class="facts">
<div><dt>Sends you back to</dt><dd class="host">${view.destination}</dd></div>
${
  view.documentHost
    ? html`<div><dt>App identified by</dt><dd>${view.documentHost}</dd></div>`
    : html`<div><dt>App name</dt><dd>Chosen by the app itself, not verified</dd></div>`
}
</dl>
${
  view.onUsersDevice &&
  html`<p class="notice">This app runs on your own device, so its name cannot be verified.
Allow it only if you just started connecting from an app on this device.</p>`
}
<form method="post" action="/authorize">
<input type="hidden" name="request" value="${view.sealed}">
<fieldset>
<legend>It will be able to</legend>
${view.scopes.map(
  ({ name, description }) => html`<label class="scope">
<input type="checkbox" name="${scopeField}${name}" value="on" checked>
<span>${description} <code>${name}</code></span>
</label>`,
)}
</fieldset>
<div class="actions">
<button type="submit" name="decision" value="deny">Deny</button>
<button type="submit" name="decision" value="approve" class="primary">Allow</button>
</div>
</form>
<footer>
<p>${
    view.signedInAs
      ? html`You are signed in as <bdi>${view.signedInAs}</bdi>.`
      : html`Next, you sign in with Auth0 at <bdi>${view.tenantHost}</bdi>. Your password stays there.`
  }
${identityLine(view.userClaims)} ${view.onUsersDevice ? '' : 'This browser remembers your choice for 30 days.'}</p>
</footer>`;
  return page({
    origin: view.origin,
    title: `Connect ${view.clientName}? – ${server}`,
    body,
    status: view.notice ? 400 : 200,
    formAction: view.formAction,
    cookies: view.cookies,
  });
}
