import type { Context } from '../http/endpoint.ts';
import type { OAuthError } from '../http/errors.ts';
import { serverLine } from './brand.ts';
import { html } from './html.ts';
import { page } from './layout.ts';

export type ErrorPage = {
  title: string;
  /** What happened, in one sentence. */
  message: string;
  /** What the user can do about it. */
  advice: string;
  status?: number;
  /** Where the user can go from here. */
  link?: { text: string; href: string };
};

/** An error page for a sign-in that stops here. It shows the request id, to look up the details in the log. */
export function errorPage(
  { title, message, advice, status = 400, link }: ErrorPage,
  context: Context,
): Response {
  return page({
    origin: context.origin,
    title,
    status,
    body: html`${serverLine(context.origin)}
<h1>${title}</h1>
<p>${message}</p>
<p>${advice}</p>
${link && html`<p><a href="${link.href}" rel="noreferrer">${link.text}</a></p>`}
<footer><p>Request <code>${context.requestId}</code></p></footer>`,
  });
}

const startAgain = 'Go back to the app that sent you here and connect again.';

/**
 * The page for a refusal that belongs to a client which the user has not approved in this browser. It names the host that
 * the answer would go to, and leaves it to the user to go there.
 *
 * @param place the host, or the app, that waits for the answer.
 * @param answer the authorization response's URL.
 */
export function refusedByPage(error: OAuthError, context: Context, place: string, answer: string): Response {
  const denied = error.code === 'access_denied';
  return pageOfRefusal(
    error,
    {
      title: denied ? 'Access denied' : 'This sign-in cannot continue',
      message: denied ? 'The app did not get access.' : error.message,
      advice: `The app waits for this answer at ${place}. If you do not know that address, close this page.`,
      link: { text: `Return to ${place}`, href: answer },
      ...(denied && { status: 200 }),
    },
    context,
  );
}

/** The error page for a refused sign-in request, while there is no trusted redirect URI to send the error to. */
export function refusalPage(error: OAuthError, context: Context): Response {
  const ours = isTemporary(error);
  return pageOfRefusal(
    error,
    {
      title: ours ? 'Sign-in is not available right now' : 'This sign-in cannot continue',
      message: error.message,
      advice: ours
        ? `Wait a moment. ${startAgain}`
        : `${startAgain} If this happens again, send this message to the developer of the app.`,
    },
    context,
  );
}

/** Whether the user is not at fault and waiting may help. */
export function isTemporary({ status }: OAuthError): boolean {
  return status >= 500 || status === 429;
}

/** An error page with the status and the headers of a refusal. */
export function pageOfRefusal(error: OAuthError, words: ErrorPage, context: Context): Response {
  // A 401 must carry a challenge (RFC 9110 section 15.5.2), and a browser has no way to answer one here.
  const status = error.status === 401 ? 400 : error.status;
  const response = errorPage({ status, ...words }, context);
  for (const [name, value] of Object.entries(error.responseHeaders())) response.headers.set(name, value);
  return response;
}
