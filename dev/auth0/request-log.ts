import type { Middleware } from 'koa';

/** A request that the tenant answered. */
export type LoggedRequest = { method: string; path: string; status: number };

/** A request with details for the terminal. Has no query, body or header. */
export type RequestLine = LoggedRequest & { durationMs: number; note?: string };

const maxLoggedRequests = 10_000;

/** Middleware that records every request except those to `/_local`. */
export function logRequests(
  requests: LoggedRequest[],
  onRequest: ((line: RequestLine) => void) | undefined,
): Middleware {
  return async (ctx, next) => {
    if (ctx.path.startsWith('/_local/')) return next();
    const start = performance.now();
    const { method } = ctx;
    // The path back from the login page contains the id of the sign-in, which is a secret of the browser.
    const path = ctx.path.replace(/^\/authorize\/.+/, '/authorize/{sign-in}');
    try {
      await next();
    } finally {
      const status = ctx.respond === false ? 0 : ctx.status;
      requests.push({ method, path, status });
      if (requests.length > maxLoggedRequests) requests.shift();
      const note = errorCode(ctx.body) ?? redirectedError(ctx.response.get('Location'));
      onRequest?.({
        method,
        path,
        status,
        durationMs: Math.round(performance.now() - start),
        ...(note === undefined ? {} : { note }),
      });
    }
  };
}

/** The error code of a JSON answer. It is never a secret. */
function errorCode(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const code = 'errorCode' in body ? body.errorCode : 'error' in body ? body.error : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** The error code of a redirect to the client. */
function redirectedError(location: string): string | undefined {
  return URL.parse(location)?.searchParams.get('error') ?? undefined;
}
