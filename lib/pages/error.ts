import type { Context } from '../http/endpoint.ts';
import type { OAuthError } from '../http/errors.ts';
import { html } from './html.ts';
import { page, serverLine } from './layout.ts';

export type ErrorPage = {
  title: string;
  /** What happened, in one sentence. */
  message: string;
  /** What the user can do about it. */
  advice: string;
  status?: number;
};

/** An error page for a sign-in that stops here. It shows the request id, to look up the details in the log. */
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

/** The error page for a refused sign-in request, while there is no trusted redirect URI to send the error to. */
export function refusalPage(error: OAuthError, context: Context): Response {
  const ours = error.status >= 500 || error.status === 429;
  const response = errorPage(
    {
      title: ours ? 'Sign-in is not available right now' : 'This sign-in cannot continue',
      message: error.message,
      advice: ours
        ? `Wait a moment. ${startAgain}`
        : `${startAgain} If this happens again, send this message to the developer of the app.`,
      // A 401 must carry a challenge (RFC 9110 section 15.5.2), and a browser has no way to answer one here.
      status: error.status === 401 ? 400 : error.status,
    },
    context,
  );
  for (const [name, value] of Object.entries(error.responseHeaders())) response.headers.set(name, value);
  return response;
}
