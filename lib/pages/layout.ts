import { createHash } from 'node:crypto';
import { aboutLinks, accent, imageSource } from './brand.ts';
import { type Html, html } from './html.ts';
import { style as commonStyle } from './style.ts';

export type Page = {
  title: string;
  body: Html;
  /** The public origin of this server, where its logo comes from. A page without it shows no logo. */
  origin?: string;
  /** Links of the owner that this page leaves out: those that lead to itself, or to nothing yet. */
  notLinked?: string[];
  status?: number;
  /** Where the page's form can submit and be redirected to, as CSP sources; a page without a form has none. */
  formAction?: string[];
  cookies?: string[];
  /** CSS for this page only, added after the common style. */
  style?: string;
  /** An inline script. The page must work without it. */
  script?: string;
};

/** A page as a response: no external resources but our own logo, no scripts but its own, no framing, never cached. */
export function page(view: Page): Response {
  const { title, body, origin, status = 200, formAction = ["'none'"], cookies = [], script } = view;
  const style = commonStyle + accent + (view.style ?? '');
  const images = origin && imageSource(origin);
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
${aboutLinks(view.notLinked ?? [])}
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
      ...(images ? [`img-src ${images}`] : []),
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
