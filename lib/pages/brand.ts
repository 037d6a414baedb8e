/** What `lib/tools/identity.ts` adds to every page. What does not depend on a request is made once. */
import { identity, serverTitle } from '../identity.ts';
import { accentStyle } from './accent.ts';
import { type Html, html } from './html.ts';

/** Style rules of the accent color. Empty without one. */
export const accent = identity.accentColor ? accentStyle(identity.accentColor) : '';

/**
 * What a page may load an image from, as a CSP source (CSP 3, section 2.3.1); undefined if there is no logo. Not all of our
 * origin: the browser would also request `/favicon.ico`, and with the URL of the page as its referrer.
 */
export function imageSource(origin: string): string | undefined {
  return identity.logo?.startsWith('/') ? origin + identity.logo : identity.logo && 'data:';
}

/**
 * The owner's links. They open in a new tab, so that a form stays as it is.
 *
 * @param except links that are left out.
 */
export function aboutLinks(except: string[]): Html | undefined {
  const { websiteUrl, links = {} } = identity;
  const named: [name: string, url: string | undefined][] = [
    ['Website', websiteUrl],
    ['Documentation', links.documentation],
    ['Support', links.support],
    ['Privacy policy', links.privacy],
    ['Terms of service', links.terms],
  ];
  const shown = named.flatMap(([name, url]) =>
    url && !except.includes(url)
      ? [html`<a href="${url}" target="_blank" rel="noreferrer">${name}</a>\n`]
      : [],
  );
  return shown.length ? html`<nav class="about" aria-label="About ${serverTitle}">${shown}</nav>` : undefined;
}

const lock = html`<svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.5" aria-hidden="true">
<rect x="2.75" y="7" width="10.5" height="7" rx="1.75"/><path d="M5 7V5a3 3 0 0 1 6 0v2"/>
</svg>`;

/**
 * Requested without a referrer: the URL of a page can hold a code, which belongs in nobody's log. For the same reason it is
 * not the icon of the browser's tab, which Chromium requests with a referrer all the same.
 */
const logo = identity.logo
  ? html`<img src="${identity.logo}" width="36" height="36" alt="" referrerpolicy="no-referrer">`
  : lock;

/**
 * The line at the top of a page that names the server. It always shows the host, because that is what users can check:
 * anybody can choose any name and logo.
 *
 * @param named whether the line has the title too, which a page with the title as its heading does not repeat.
 */
export function serverLine(origin: string, named = true): Html {
  return html`<p class="server">
${logo}
<span>${named && html`<strong>${serverTitle}</strong> `}${new URL(origin).host}</span>
</p>`;
}
