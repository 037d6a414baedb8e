import type { Context } from '../http/endpoint.ts';
import type { OAuthError } from '../http/errors.ts';
import { html } from './html.ts';
import { page, serverLine } from './layout.ts';

export type ErrorPage = {
  title: string;
  /** What happened, in one sentence. */
  message: string;
  /** What the person can do about it. */
  advice: string;
  status?: number;
};

/** A page for a person whose sign-in stops here; it carries the request id, by which the log explains the rest. */
export function errorPage({ title, message, advice, status = 400 }: ErrorPage, context: Context): Response {
  return page({
    title,
    status,
    body: html`${serverLine(context.origin)}
<h1>${title}</h1>
<p>${message}</p>
<p>${advice}</p>
<footer><p>Request <code>${context.requestId}</code></p></footer>`,
  });
}

const startAgain = 'Go back to the app that sent you here and connect again.';

/** A refusal of the sign-in pages as a page, for whenever there is no client to be trusted with the answer. */
export function refusalPage(error: OAuthError, context: Context): Response {
  const ours = error.status >= 500 || error.status === 429;
  const response = errorPage(
    {
      title: ours ? 'Sign-in is not possible right now' : 'This sign-in cannot go on',
      message: error.message,
      advice: ours
        ? `Wait a moment. ${startAgain}`
        : `${startAgain} If this happens again, tell the people who make the app what stands here.`,
      // 401 would ask the browser to authenticate (RFC 9110 section 15.5.2); there is nothing to do that with.
      status: error.status === 401 ? 400 : error.status,
    },
    context,
  );
  for (const [name, value] of Object.entries(error.responseHeaders())) response.headers.set(name, value);
  return response;
}
