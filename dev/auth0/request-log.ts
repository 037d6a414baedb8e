import type { Middleware } from 'koa';

/** One request the tenant answered. */
export type LoggedRequest = { method: string; path: string; status: number };

/** One line for a person to read while it runs; never a query, body or header. */
export type RequestLine = LoggedRequest & { ms: number; note?: string };

const kept = 10_000;

/** Middleware that records every request but those of outside tools to `/_local`. */
export function logRequests(
  requests: LoggedRequest[],
  onRequest: ((line: RequestLine) => void) | undefined,
): Middleware {
  return async (ctx, next) => {
    if (ctx.path.startsWith('/_local/')) return next();
    const start = performance.now();
    const { method } = ctx;
    // Its way back from the login page names the sign-in, as a cookie of the browser does.
    const path = ctx.path.replace(/^\/authorize\/.+/, '/authorize/{sign-in}');
    try {
      await next();
    } finally {
      const status = ctx.respond === false ? 0 : ctx.status;
      requests.push({ method, path, status });
      if (requests.length > kept) requests.splice(0, requests.length - kept);
      const note = errorCode(ctx.body) ?? redirectedError(ctx.response.get('Location'));
      onRequest?.({
        method,
        path,
        status,
        ms: Math.round(performance.now() - start),
        ...(note === undefined ? {} : { note }),
      });
    }
  };
}

/** The error code of a JSON answer, which holds nothing secret. */
function errorCode(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const code = 'errorCode' in body ? body.errorCode : 'error' in body ? body.error : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** The error code that a redirect takes to the client. */
function redirectedError(location: string): string | undefined {
  return URL.parse(location)?.searchParams.get('error') ?? undefined;
}
