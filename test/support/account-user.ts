import { locationOf } from '../attacks/steps.ts';
import { browserUser, demoUser, readForm, textOf, type User } from './browser-user.ts';

type Browser = ReturnType<typeof browserUser>;

/** What a person does at the provider. */
export type AtProvider = {
  decision?: 'allow' | 'deny';
  /** Which account. Default: the one that the page suggests. */
  account?: string;
  /** Scopes to untick. */
  untick?: string[];
};

/** A page as somebody sees it. */
export type Seen = { url: URL; status: number; page: string; text: string };

/** Follows redirects until there is a page. */
export async function follow(browser: Browser, url: URL | string, response?: Response): Promise<Seen> {
  let at = new URL(url);
  let current = response ?? (await browser.visit(at));
  for (let step = 0; step < 20; step++) {
    const location = locationOf(current);
    if (!location) break;
    at = new URL(location, at);
    current = await browser.visit(at);
  }
  const page = await current.text();
  return { url: at, status: current.status, page, text: textOf(page) };
}

/** Presses a button of the page's first form, and follows. */
export async function press(
  browser: Browser,
  { url, page, text }: Seen,
  button: [string, string],
): Promise<Seen> {
  const form = readForm(page);
  if (!form) throw new Error(`no form on: ${text}`);
  return follow(browser, url, await browser.submit(url, form, button));
}

/** Opens a link to connect an account and signs in where the pages ask: the page that asks whether to connect. */
export async function openAccountLink(browser: Browser, link: string, user: User = demoUser): Promise<Seen> {
  let seen = await follow(browser, link);
  for (let step = 0; step < 4; step++) {
    const form = readForm(seen.page);
    if (form?.fields.has('username')) {
      form.fields.set('username', user.email);
      form.fields.set('password', user.password);
      seen = await follow(browser, seen.url, await browser.submit(seen.url, form));
    } else if (seen.page.includes('name="sign-in" value="any"'))
      seen = await press(browser, seen, ['sign-in', 'any']);
    else break;
  }
  return seen;
}

/** Decides at the provider, and follows: the last page. */
export async function decideAtProvider(browser: Browser, seen: Seen, at: AtProvider = {}): Promise<Seen> {
  const form = readForm(seen.page);
  if (!form) throw new Error(`not at the provider: ${seen.text}`);
  const ticked = form.fields.getAll('scope').filter((scope) => !at.untick?.includes(scope));
  form.fields.delete('scope');
  for (const scope of ticked) form.fields.append('scope', scope);
  // The form as it is read has every radio button that is ticked.
  if (at.account) form.fields.set('account', at.account);
  return follow(
    browser,
    seen.url,
    await browser.submit(seen.url, form, ['decision', at.decision ?? 'allow']),
  );
}

/** Follows a link to its end, as a person who wants to connect the account. */
export async function connectAccount(
  link: string,
  options: { user?: User; browser?: Browser; at?: AtProvider } = {},
): Promise<Seen> {
  const { browser = browserUser(), user, at } = options;
  const asked = await openAccountLink(browser, link, user);
  const provider = await press(browser, asked, ['decision', 'connect']);
  return decideAtProvider(browser, provider, at);
}

/** The link in a tool's words to the model. */
export function linkIn(text: string): string {
  const link = /https?:\/\/\S+\/connections\/accounts\?link=[\w-]+/.exec(text)?.[0];
  if (!link) throw new Error(`no link in: ${text}`);
  return link;
}
