const style = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { display: grid; min-height: 100dvh; margin: 0; place-items: center; }
  main { box-sizing: border-box; width: min(25rem, 100vw); padding: 2rem 1.5rem; }
  label { display: block; margin-top: 1rem; }
  input { box-sizing: border-box; width: 100%; padding: .6rem; font: inherit; }
  button { width: 100%; margin-top: 1rem; padding: .7rem; font: inherit; cursor: pointer; }
  table { width: 100%; margin-top: 2rem; border-collapse: collapse; font-size: .875rem; text-align: start; }
  caption { padding-bottom: .5rem; font-weight: 600; text-align: start; }
  th, td { padding: .25rem .5rem .25rem 0; text-align: start; vertical-align: top; }
  [role=alert] { border-left: .25rem solid #c00; padding-left: .75rem; }
  code { overflow-wrap: anywhere; }`;

/** Escapes text for HTML, including attribute values. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A page of the tenant. */
export function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
${content}
</main>
</body>
</html>
`;
}

/** Auth0's generic error page, for requests without a trusted callback. */
export function errorPage(error: string, description: string): string {
  return page(
    'Oops!, something went wrong',
    `<h1>Oops!, something went wrong</h1>
<p>There could be a misconfiguration in the system or a service outage.</p>
<h2>Technical details</h2>
<p><code>${escapeHtml(error)}: ${escapeHtml(description)}</code></p>`,
  );
}

/** The sign-in page: one form without script, and a button for each social connection. */
export function loginPage(view: {
  applicationName: string;
  username: string;
  password: boolean;
  socialConnections: string[];
  /** Shown on the page, since these accounts exist only on this machine. */
  accounts: { email: string; password: string; name: string }[];
  error?: string;
}): string {
  const alert = view.error === undefined ? '' : `<p id="error" role="alert">${escapeHtml(view.error)}</p>`;
  const described = view.error === undefined ? '' : ' aria-invalid="true" aria-describedby="error"';
  const credentials = view.password
    ? `<label for="username">Email address</label>
<input id="username" name="username" type="email" autocomplete="username" required autofocus value="${escapeHtml(view.username)}"${described}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required${described}>
<button type="submit" name="action" value="default">Continue</button>`
    : '';
  const social = view.socialConnections
    .map(
      (name) =>
        `<button type="submit" name="connection" value="${escapeHtml(name)}" formnovalidate>Continue with ${
          name === 'google-oauth2' ? 'Google' : escapeHtml(name)
        }</button>`,
    )
    .join('\n');
  const accounts = view.accounts
    .map(
      ({ email, password, name }) =>
        `<tr><td>${escapeHtml(name)}</td><td><code>${escapeHtml(email)}</code></td><td><code>${escapeHtml(password)}</code></td></tr>`,
    )
    .join('\n');
  const accountTable = view.password
    ? `<table>
<caption>Accounts of this local tenant</caption>
<tr><th scope="col">Name</th><th scope="col">Email</th><th scope="col">Password</th></tr>
${accounts}
</table>`
    : '';
  return page(
    'Log in',
    `<h1>Welcome</h1>
<p>Log in to the local tenant to continue to ${escapeHtml(view.applicationName)}.</p>
${alert}
<form method="post">
${credentials}
${social}
</form>
${accountTable}`,
  );
}

/** Auth0's own consent page, which first-party applications usually skip. */
export function consentPage(view: { applicationName: string; userName: string; scopes: string[] }): string {
  return page(
    'Authorize App',
    `<h1>Authorize App</h1>
<p>Hi ${escapeHtml(view.userName)}, ${escapeHtml(view.applicationName)} is requesting access to your account.</p>
<ul>${view.scopes.map((scope) => `<li>${escapeHtml(scope)}</li>`).join('')}</ul>
<form method="post">
<button type="submit" name="action" value="accept">Accept</button>
<button type="submit" name="action" value="deny">Decline</button>
</form>`,
  );
}
