/** Cookies by host name, enough for one short visit: no paths, no expiry dates. */
export function cookieJar() {
  const hosts = new Map<string, Map<string, string>>();
  return {
    header(url: URL): Record<string, string> {
      const cookies = [...(hosts.get(url.hostname) ?? [])].map(([name, value]) => `${name}=${value}`);
      return cookies.length ? { cookie: cookies.join('; ') } : {};
    },
    keep(url: URL, headers: Headers): void {
      const cookies = hosts.get(url.hostname) ?? new Map<string, string>();
      hosts.set(url.hostname, cookies);
      for (const line of headers.getSetCookie().slice(0, 50)) {
        const [pair = '', ...attributes] = line.split(';');
        const separator = pair.indexOf('=');
        if (separator < 1) continue;
        const name = pair.slice(0, separator).trim();
        if (attributes.some((each) => /^\s*max-age=(0|-\d+)\s*$/i.test(each))) cookies.delete(name);
        else cookies.set(name, pair.slice(separator + 1).trim());
      }
    },
  };
}
