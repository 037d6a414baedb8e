import { escapeHtml } from '../auth0/pages.ts';
import type { ProviderAccount } from './tokens.ts';

const page = (title: string, content: string) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; } main { max-width: 28rem; margin: 2rem auto; padding: 0 1rem; }
label { display: block; padding: .25rem 0; overflow-wrap: anywhere; } button { margin: 1rem .5rem 0 0; padding: .6rem 1rem; font: inherit; }</style>
</head><body><main>
<h1>${escapeHtml(title)}</h1>
${content}
</main></body></html>
`;

/** Where the user chooses an account, unticks what they do not want to grant, and decides. */
export function consentPage(view: { accounts: ProviderAccount[]; scopes: string[]; action: string }): string {
  const accounts = view.accounts.map(
    ({ email, name }, index) =>
      `<label><input type="radio" name="account" value="${escapeHtml(email)}"${index ? '' : ' checked'}> ${escapeHtml(`${name} (${email})`)}</label>`,
  );
  const scopes = view.scopes.map(
    (scope) =>
      `<label><input type="checkbox" name="scope" value="${escapeHtml(scope)}" checked> ${escapeHtml(scope)}</label>`,
  );
  return page(
    'Stand-in for Google',
    `<p>The local tenant wants to access your account. These accounts exist only on this machine.</p>
<form method="post" action="${escapeHtml(view.action)}">
<fieldset><legend>Account</legend>${accounts.join('\n')}</fieldset>
<fieldset><legend>It may</legend>${scopes.join('\n')}</fieldset>
<button type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="deny">Cancel</button>
</form>`,
  );
}

export function refusedPage(reason: string): string {
  return page('Access blocked', `<p><code>${escapeHtml(reason)}</code></p>`);
}
