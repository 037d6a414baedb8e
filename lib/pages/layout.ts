import { createHash } from 'node:crypto';
import { type Html, html } from './html.ts';
import { style as commonStyle } from './style.ts';

export type Page = {
  title: string;
  body: Html;
  status?: number;
  /** Where the page's form can submit and be redirected to, as CSP sources; a page without a form has none. */
  formAction?: string[];
  cookies?: string[];
  /** CSS for this page only, added after the common style. */
  style?: string;
  /** An inline script. The page must work without it. */
  script?: string;
};

/** A page as a response: no external resources, no scripts but its own, no framing, never cached. */
export function page(view: Page): Response {
  const { title, body, status = 200, formAction = ["'none'"], cookies = [], script } = view;
  const style = commonStyle + (view.style ?? '');
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
${script && html`<script>${{ markup: script }}</script>`}
</body>
</html>
`;
  const headers = new Headers({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': [
      "default-src 'none'",
      `style-src ${hashSource(style)}`,
      ...(script ? [`script-src ${hashSource(script)}`] : []),
      `form-action ${formAction.join(' ')}`,
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ].join('; '),
    'x-frame-options': 'DENY',
    // Not `no-referrer`: with it, browsers send `Origin: null` when our own form is submitted.
    'referrer-policy': 'same-origin',
    // No Cross-Origin-Opener-Policy: clients that sign in through a popup need the opener afterwards.
    'cross-origin-resource-policy': 'same-origin',
  });
  for (const cookie of cookies) headers.append('set-cookie', cookie);
  return new Response(document.markup, { status, headers });
}

/** The content security policy source for an inline style or script (CSP 3, section 2.3.1). */
function hashSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** The line at the top of a page that names the server. */
export function serverLine(origin: string): Html {
  return html`<p class="server">
<svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.5" aria-hidden="true">
<rect x="2.75" y="7" width="10.5" height="7" rx="1.75"/><path d="M5 7V5a3 3 0 0 1 6 0v2"/>
</svg>
<span>${new URL(origin).host}</span>
</p>`;
}
