import {
  type browserUser,
  demoUser,
  readForm,
  returnLink,
  textOf,
  type User,
} from '../support/browser-user.ts';

type Browser = ReturnType<typeof browserUser>;

/** Opens the consent page in a browser, ready to be decided. */
export async function openConsent(browser: Browser, url: string) {
  const response = await browser.visit(url);
  const page = await response.text();
  const form = readForm(page);
  if (!form) throw new Error(`no consent page: ${response.status} ${textOf(page)}`);
  const decide = (decision: string) => browser.submit(url, form, ['decision', decision]);
  return { response, page, form, decide };
}

/** Approves: where the browser is sent, which is the tenant's authorization page with our sealed state. */
export async function approve(browser: Browser, url: string): Promise<string> {
  const { decide } = await openConsent(browser, url);
  return locationOf(await decide('approve'));
}

/** From the tenant's authorization page to its answer, which the browser has not followed yet. */
export async function untilCallback(browser: Browser, atTenant: string, user: User = demoUser): Promise<URL> {
  let url = new URL(atTenant);
  let response = await browser.visit(url);
  while (true) {
    const location = response.headers.get('location');
    if (location) {
      url = new URL(location, url);
      if (url.pathname === '/callback') return url;
      response = await browser.visit(url);
      continue;
    }
    const page = await response.text();
    const form = readForm(page);
    if (!form?.fields.has('username') || response.status !== 200) throw new Error(textOf(page));
    form.fields.set('username', user.email);
    form.fields.set('password', user.password);
    response = await browser.submit(url, form);
  }
}

/** Where a response redirects to; an empty text when it does not. */
export function locationOf(response: Response): string {
  return response.headers.get('location') ?? '';
}

/** The answer that a refusal page leaves it to its reader to send; the page itself leads nowhere (RFC 9700 4.11.2). */
export async function linkOf(response: Response): Promise<URL> {
  const page = await response.text();
  const link = returnLink(page);
  if (!link || locationOf(response)) throw new Error(`not a refusal page: ${textOf(page)}`);
  return link;
}
