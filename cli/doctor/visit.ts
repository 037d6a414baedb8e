import { authorizationError } from './authorization-error.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import { cookieJar } from './cookie-jar.ts';
import { decisionForm } from './decision-form.ts';
import { type Answer, type NoAnswer, probe } from './probe.ts';

/** More redirects than any sign-in needs. */
const mostHops = 12;

export type VisitOptions = {
  timeout: number;
  /** What to answer on this project's consent page; left alone unless given. */
  decision?: 'approve' | 'deny';
};

/** How a visit ended: back at the client, on a page (a login, a consent, an error), or nowhere. */
type End =
  | { end: 'callback'; parameters: URLSearchParams }
  | { end: 'page'; answer: Answer }
  | { end: 'nowhere'; reason: string; answer?: NoAnswer };

/** With the errors that redirects carried: a server may tell its clients less than its tenant told it. */
export type Visit = End & { overheard: string[] };

/**
 * Opens an authorization request as a browser without a session would: follows redirects with cookies, stops
 * at the client's redirect URI without requesting it, and signs no one in.
 */
export async function visit(request: AuthorizationRequest, options: VisitOptions): Promise<Visit> {
  const overheard: string[] = [];
  const ended = await follow(request, options, (target) => {
    const error = authorizationError(target.searchParams);
    if (error) overheard.push(error);
  });
  return { ...ended, overheard };
}

async function follow(
  request: AuthorizationRequest,
  options: VisitOptions,
  onRedirect: (target: URL) => void,
): Promise<End> {
  const { timeout } = options;
  const jar = cookieJar();
  let decision = options.decision;
  let next: { url: URL; form?: URLSearchParams; from?: string } = { url: new URL(request.url) };
  for (let hop = 0; hop < mostHops; hop++) {
    const { url, form, from } = next;
    const answer = await probe(url.href, {
      method: form ? 'POST' : 'GET',
      body: form,
      headers: {
        accept: 'text/html,application/xhtml+xml',
        ...jar.header(url),
        ...(from ? { origin: new URL(from).origin, referer: from } : {}),
      },
      timeout,
    });
    if ('failed' in answer) return { end: 'nowhere', reason: answer.reason, answer };
    jar.keep(url, answer.headers);

    const location = answer.headers.get('location');
    if (answer.status >= 300 && answer.status < 400 && location) {
      const target = URL.parse(location, url);
      if (!target || !/^https?:$/.test(target.protocol))
        return { end: 'nowhere', reason: 'a redirect to no web page' };
      onRedirect(target);
      if (isCallback(target, request.redirectUri))
        return { end: 'callback', parameters: target.searchParams };
      next = { url: target };
      continue;
    }
    const filled = decision ? decisionForm(answer.text, decision) : undefined;
    const action = filled ? URL.parse(filled.action || url.href, url) : null;
    // Only the server's own form is answered: a decision never leaves its origin.
    if (!filled || action?.origin !== url.origin) return { end: 'page', answer };
    next = { url: action, form: filled.fields, from: url.href };
    decision = undefined;
  }
  return { end: 'nowhere', reason: `more than ${mostHops} redirects` };
}

function isCallback(target: URL, redirectUri: string): boolean {
  const expected = new URL(redirectUri);
  return target.origin === expected.origin && target.pathname === expected.pathname;
}
