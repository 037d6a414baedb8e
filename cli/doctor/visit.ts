import { authorizationError } from './authorization-error.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import { cookieJar } from './cookie-jar.ts';
import type { Examination } from './examination.ts';
import type { Answer, NoAnswer } from './probe.ts';
import { send } from './send.ts';
import { type VisitorOptions, visitor } from './visitor.ts';

/** More redirects and pages than any sign-in needs. */
const mostSteps = 20;

/** How a visit ended: at the client's redirect URI, on a page (login, consent, error), or without an answer. */
type End =
  | { end: 'callback'; parameters: URLSearchParams }
  | { end: 'page'; answer: Answer }
  | { end: 'nowhere'; reason: string; answer?: NoAnswer };

/** The end of a visit, with the errors seen in redirects: a server may tell its clients less than its tenant told it. */
export type Visit = End & { overheard: string[] };

/**
 * Opens an authorization request like a browser without a session. Follows redirects with cookies, fills in the forms
 * that the options allow, and stops at the client's redirect URI without requesting it.
 */
export async function visit(
  examination: Examination,
  request: AuthorizationRequest,
  options: VisitorOptions = {},
): Promise<Visit> {
  const overheard: string[] = [];
  const ended = await follow(examination, request, options, (target) => {
    const error = authorizationError(target.searchParams);
    if (error) overheard.push(error);
  });
  return { ...ended, overheard };
}

async function follow(
  examination: Examination,
  request: AuthorizationRequest,
  options: VisitorOptions,
  onRedirect: (target: URL) => void,
): Promise<End> {
  const jar = cookieJar();
  const fillIn = visitor(options);
  let next: { url: URL; form?: URLSearchParams; from?: string } = { url: new URL(request.url) };
  for (let step = 0; step < mostSteps; step++) {
    const { url, form, from } = next;
    const answer = await send(examination, url.href, {
      method: form ? 'POST' : 'GET',
      body: form,
      headers: {
        accept: 'text/html,application/xhtml+xml',
        ...jar.header(url),
        ...(from ? { origin: new URL(from).origin, referer: from } : {}),
      },
      truncate: true,
    });
    if ('failed' in answer) return { end: 'nowhere', reason: answer.reason, answer };
    jar.keep(url, answer.headers);

    const location = answer.headers.get('location');
    if (answer.status >= 300 && answer.status < 400 && location) {
      const target = URL.parse(location, url);
      if (!target || !/^https?:$/.test(target.protocol))
        return { end: 'nowhere', reason: 'a redirect that does not lead to a web page' };
      onRedirect(target);
      if (isCallback(target, request.redirectUri))
        return { end: 'callback', parameters: target.searchParams };
      next = { url: target };
      continue;
    }
    const filled = fillIn(url, answer.text);
    if (!filled) return { end: 'page', answer };
    next = { url: filled.target, form: filled.fields, from: url.href };
  }
  return { end: 'nowhere', reason: `more than ${mostSteps} redirects and pages` };
}

function isCallback(target: URL, redirectUri: string): boolean {
  const expected = new URL(redirectUri);
  return target.origin === expected.origin && target.pathname === expected.pathname;
}
