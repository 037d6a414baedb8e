/** Someone who has an account at the tenant. */
export type User = { email: string; password: string };

/** An ordinary user of every new local tenant. */
export const demoUser: User = { email: 'demo@example.com', password: 'demo' };
/** A user of every new local tenant who may grant `mcp:admin` too. */
export const adminUser: User = { email: 'admin@example.com', password: 'admin' };

export type SignInOptions = {
  user?: User;
  /** What to press on the consent page. */
  decision?: 'approve' | 'deny';
  /** What to choose at the tenant if it asks for an organization, by its label. */
  organization?: string;
  /** Scopes to untick first. */
  untick?: string[];
};

/** How requests are sent: `fetch`, or something that takes another way. */
export type Send = (url: URL | string, init?: RequestInit) => Promise<Response>;

type Form = { action: string; method: string; fields: URLSearchParams };

/** Longest chain of pages and redirects that a sign-in may take. */
const mostSteps = 20;

/**
 * A person with a browser, without one: follows redirects, keeps cookies, fills in the forms of the consent
 * page and the tenant's login, and stops where the client would take over.
 */
export function browserUser(send: Send = fetch) {
  const cookies = new Map<string, Map<string, string>>();

  /** One request with this browser's cookies; redirects are not followed. */
  async function visit(url: URL | string, init: RequestInit = {}): Promise<Response> {
    const { host } = new URL(url);
    const jar = cookies.get(host) ?? new Map<string, string>();
    cookies.set(host, jar);
    const headers = new Headers(init.headers);
    if (jar.size) headers.set('cookie', [...jar].map((pair) => pair.join('=')).join('; '));
    const response = await send(url, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';');
      const [name = '', ...value] = pair.split('=');
      if (attributes.some((attribute) => /^\s*max-age=0$/i.test(attribute))) jar.delete(name.trim());
      else jar.set(name.trim(), value.join('='));
    }
    return response;
  }

  /** Sends a form as a browser does, with the origin of the page that it stood on. */
  function submit(page: URL | string, form: Form, button?: [string, string]): Promise<Response> {
    const body = new URLSearchParams(form.fields);
    if (button) body.set(...button);
    return visit(new URL(form.action || page, page), {
      method: form.method,
      headers: { origin: new URL(page).origin, 'sec-fetch-site': 'same-origin' },
      body,
    });
  }

  /**
   * Goes from an authorization URL to the end: the redirect to the client, or the link of a page that leads there, which
   * is returned and not visited. Rejects with the page's text when a page has no way on.
   */
  async function signIn(authorization: URL | string, options: SignInOptions = {}): Promise<URL> {
    const { user = demoUser, decision = 'approve', untick = [], organization } = options;
    const target = new URL(authorization).searchParams.get('redirect_uri');
    let url = new URL(authorization);
    let response = await visit(url);
    for (let step = 0; step < mostSteps; step++) {
      const location = response.headers.get('location');
      if (location) {
        url = new URL(location, url);
        if (target ? url.href.startsWith(target) : url.searchParams.has('iss')) return url;
        response = await visit(url);
        continue;
      }
      const text = await response.text();
      const form = readForm(text);
      const link = returnLink(text);
      if (!form && link) return link;
      if (!form) throw new Error(`${url.origin}${url.pathname} (${response.status}): ${textOf(text)}`);
      if (form.fields.has('username')) {
        form.fields.set('username', user.email);
        form.fields.set('password', user.password);
        response = await submit(url, form);
        if (response.status === 400) throw new Error(`the tenant refused: ${textOf(await response.text())}`);
      } else if (url.pathname === '/u/organization') {
        response = await submit(url, form, ['organization', organizationButton(text, organization)]);
      } else {
        for (const scope of untick) form.fields.delete(`scope:${scope}`);
        response = await submit(url, form, ['decision', decision]);
      }
    }
    throw new Error('the sign-in does not come to an end');
  }

  return { visit, submit, signIn, cookies };
}

/** Signs in as a new person with an empty cookie jar; see `browserUser`. */
export function signIn(authorization: URL | string, options: SignInOptions = {}, send?: Send): Promise<URL> {
  return browserUser(send).signIn(authorization, options);
}

/** The page's first form: where it goes and every field but its buttons, boxes as they are ticked. */
export function readForm(page: string): Form | undefined {
  const form = /<form\b([^>]*)>([\s\S]*?)<\/form>/i.exec(page);
  if (!form) return undefined;
  const [, opening = '', content = ''] = form;
  const fields = new URLSearchParams();
  for (const [tag] of content.matchAll(/<input\b[^>]*>/gi)) {
    const name = attribute(tag, 'name');
    const box = /^(checkbox|radio)$/.test(attribute(tag, 'type') ?? '');
    if (name && (!box || /\schecked\b/.test(tag))) fields.append(name, attribute(tag, 'value') ?? '');
  }
  return {
    action: attribute(opening, 'action') ?? '',
    method: (attribute(opening, 'method') ?? 'get').toUpperCase(),
    fields,
  };
}

/** The value of the button of the tenant's organization picker that has this label. */
function organizationButton(page: string, label: string | undefined): string {
  const buttons = [...page.matchAll(/<button\b([^>]*name="organization"[^>]*)>([^<]*)<\/button>/gi)];
  const [, tag = ''] = buttons.find(([, , words]) => words === label) ?? [];
  const value = attribute(` ${tag}`, 'value');
  if (value === undefined)
    throw new Error(`no organization ${label} among ${buttons.map(([, , words]) => words)}`);
  return value;
}

/** Where a page's "Return to" link leads: to the client, with an answer that no redirect may carry there. */
export function returnLink(page: string): URL | undefined {
  const [tag = '', words = ''] = /<a\b[^>]*>([^<]*)<\/a>/i.exec(page) ?? [];
  return words.startsWith('Return to ') ? new URL(attribute(tag, 'href') ?? '') : undefined;
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\s${name}="([^"]*)"`, 'i').exec(tag)?.[1];
  return value === undefined ? undefined : unescapeHtml(value);
}

/** What a page says, without its markup. */
export function textOf(page: string): string {
  const body = page.replace(/<(style|title)\b[\s\S]*?<\/\1>/gi, '').replace(/<[^>]+>/g, ' ');
  return unescapeHtml(body).replace(/\s+/g, ' ').trim();
}

function unescapeHtml(text: string): string {
  return text
    .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&');
}
