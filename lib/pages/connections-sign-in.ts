import { serverLine } from './brand.ts';
import { html } from './html.ts';
import { page } from './layout.ts';

export type ConnectionsSignInView = {
  origin: string;
  /** Host of the tenant, where the user signs in. */
  tenantHost: string;
  formAction: string[];
  /** The organization that somebody is invited to, and what the form carries for it. */
  invitation: { organization: string; fields: Record<string, string> } | undefined;
  /** A message above the button, if the user was signed in before. */
  notice: string | undefined;
  status: number;
  cookies: string[];
};

/** What the page shows to somebody who is not signed in to it. */
export function connectionsSignInPage(view: ConnectionsSignInView): Response {
  const { origin, status, cookies, formAction, invitation } = view;
  const server = new URL(origin).host;
  return page({
    title: `Your connections – ${server}`,
    ...{ origin, status, cookies, formAction },
    body: html`${serverLine(origin)}
<h1>Your connections</h1>
${view.notice && html`<p class="notice" role="alert">${view.notice}</p>`}
${
  invitation
    ? html`<p>You are invited to the organization <strong><bdi>${invitation.organization}</bdi></strong>. Sign in to accept. Then you can connect your apps to it at <strong>${server}</strong>.</p>`
    : html`<p>See which apps can use <strong>${server}</strong> on your behalf, and disconnect any of them.</p>`
}
<form method="post" action="/connections" class="stack">
${Object.entries(invitation?.fields ?? {}).map(
  ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
)}
<button type="submit" name="sign-in" value="any" class="primary">${invitation ? 'Accept and sign in' : 'Sign in to see your connections'}</button>
<button type="submit" name="sign-in" value="another">Use another account</button>
</form>
<footer>
<p>You sign in with Auth0 at <bdi>${view.tenantHost}</bdi>. Your password stays there.</p>
</footer>`,
  });
}
