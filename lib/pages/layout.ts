import { type Html, html } from './html.ts';
import { style, styleHash } from './style.ts';

export type Page = {
  title: string;
  body: Html;
  status?: number;
  /** Where the page's form may lead, redirects included, as CSP sources; a page without one submits nothing. */
  formAction?: string[];
  cookies?: string[];
};

/** A page as a response: no script, no outside resource, no framing, never cached. */
export function page({ title, body, status = 200, formAction = ["'none'"], cookies = [] }: Page): Response {
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${{ markup: style }}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
  const headers = new Headers({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': [
      "default-src 'none'",
      `style-src ${styleHash}`,
      `form-action ${formAction.join(' ')}`,
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ].join('; '),
    'x-frame-options': 'DENY',
    // Not `no-referrer`: under that, browsers send `Origin: null` with our own form.
    'referrer-policy': 'same-origin',
    // No Cross-Origin-Opener-Policy: clients that sign in through a popup need their opener afterwards.
    'cross-origin-resource-policy': 'same-origin',
  });
  for (const cookie of cookies) headers.append('set-cookie', cookie);
  return new Response(document.markup, { status, headers });
}

/** The line at the top of a page that says whose page this is. */
export function serverLine(origin: string): Html {
  return html`<p class="server">
<svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.5" aria-hidden="true">
<rect x="2.75" y="7" width="10.5" height="7" rx="1.75"/><path d="M5 7V5a3 3 0 0 1 6 0v2"/>
</svg>
<span>${new URL(origin).host}</span>
</p>`;
}
