/** A browser without script: follows redirects on one origin, keeps cookies, submits forms. */
export type Browser = {
  /** Follows redirects until there is a page, or a redirect leaves `origin`. */
  open(url: string | URL, init?: RequestInit): Promise<Visit>;
  /** Submits the page's form with these fields. */
  submit(visit: Visit, fields: Record<string, string>): Promise<Visit>;
};

/** Where a visit ended: a page, or the URL of another origin that it was sent to. */
export type Visit = { url: URL; status: number; html: string; left?: URL };

export function openBrowser(origin: string): Browser {
  const cookies = new Map<string, { value: string; path: string }>();

  const keep = (response: Response) => {
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
      const [name = '', value = ''] = pair.split(/=(.*)/s);
      const path = attributes.find((attribute) => /^path=/i.test(attribute))?.slice(5) ?? '/';
      const expired = attributes.some((attribute) => /^expires=Thu, 01 Jan 1970/i.test(attribute));
      const key = `${name} ${path}`;
      if (expired) cookies.delete(key);
      else cookies.set(key, { value, path });
    }
  };

  const open: Browser['open'] = async (target, init = {}) => {
    let url = new URL(target, origin);
    let request = init;
    for (let hops = 0; hops < 10; hops++) {
      const cookie = [...cookies]
        .filter(([, { path }]) => url.pathname.startsWith(path))
        .map(([key, { value }]) => `${key.split(' ')[0]}=${value}`)
        .join('; ');
      const response = await fetch(url, {
        ...request,
        headers: { ...request.headers, cookie, accept: 'text/html' },
        redirect: 'manual',
      });
      keep(response);
      const location = response.headers.get('location');
      if (location === null) return { url, status: response.status, html: await response.text() };
      const next = new URL(location, url);
      if (next.origin !== origin) return { url, status: response.status, html: '', left: next };
      url = next;
      request = {};
    }
    throw new Error(`Too many redirects, the last one to ${url.pathname}`);
  };

  return {
    open,
    submit: (visit, fields) => open(visit.url, { method: 'POST', body: new URLSearchParams(fields) }),
  };
}
