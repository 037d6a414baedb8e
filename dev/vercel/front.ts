import { randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Instances } from './instances.ts';
import { type PlatformErrorCode, sendPlatformError } from './platform-error.ts';
import type { Project } from './project.ts';
import { proxy } from './proxy.ts';
import { exceededLimit } from './request-limits.ts';
import { createRouter } from './router.ts';
import { sendStaticFile } from './static-file.ts';

/** A request that the platform answered without a function: a file, a redirect or an error. */
export type PlatformAnswer = { method: string; path: string; status: number; durationMs: number };

type FrontOptions = {
  project: Project;
  instances: Instances;
  onPlatformAnswer?: ((answer: PlatformAnswer) => void) | undefined;
  publicOrigin?: string | undefined;
};

/**
 * The layer in front of the functions: routing, static files, the platform's headers and errors. Enforces, from Vercel's
 * documentation:
 *
 * - limits for the URL and the headers (`request-limits.ts`) and for the body (`proxy.ts`);
 * - only what is published is reachable: functions and files of `public/` (`router.ts`); files answer GET and HEAD;
 * - headers in which a client describes itself are overwritten, and those that only the platform sets are dropped
 *   (`proxy.ts`);
 * - the platform's errors with their codes, also if a function cannot answer (`platform-error.ts`).
 *
 * Not enforced: the firewall, deployment protection, and rate limits.
 */
export function createFront({ project, instances, onPlatformAnswer, publicOrigin }: FrontOptions) {
  const publicHost = publicOrigin && new URL(publicOrigin).host;
  let route = createRouter(project);

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const started = performance.now();
    const requestId = newRequestId();
    response.setHeader('server', 'Vercel');
    response.setHeader('x-vercel-id', requestId);

    const url = requestUrl(request);
    const answeredHere = () =>
      onPlatformAnswer?.({
        method: request.method ?? '',
        path: url?.pathname ?? '',
        status: response.statusCode,
        durationMs: performance.now() - started,
      });
    const fail = (code: PlatformErrorCode) => {
      sendPlatformError(request, response, code, requestId);
      answeredHere();
    };
    const exceeded = exceededLimit(request);
    if (exceeded) return fail(exceeded);
    if (!url) return fail('BAD_REQUEST');

    const { target, headers } = route(url, request.headers);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    switch (target.kind) {
      case 'none':
        return fail('NOT_FOUND');
      case 'redirect':
        response.writeHead(target.status).end();
        return answeredHere();
      case 'file':
        if (request.method !== 'GET' && request.method !== 'HEAD') return fail('METHOD_NOT_ALLOWED');
        await sendStaticFile(request, response, target.file).catch(() => response.destroy());
        return answeredHere();
      case 'function': {
        const pinned = pinnedInstance(request, instances.count);
        if (pinned === 'unknown') return fail('BAD_REQUEST');
        const destination = await instances.take(pinned).catch(() => undefined);
        if (!destination) return fail('FUNCTION_INVOCATION_FAILED');
        response.setHeader('x-local-instance', destination.index);
        const { entry, path } = target;
        const platformHeaders = forwardedHeaders(request, url, requestId, url.host === publicHost);
        return proxy({ request, response, entry, path, platformHeaders, fail }, destination);
      }
    }
  };

  const listener: RequestListener = (request, response) => {
    answer(request, response).catch((error) => {
      console.error(error);
      response.destroy();
    });
  };

  return {
    listener,
    /** Routes requests by this project from now on. */
    use: (next: Project) => {
      route = createRouter(next);
    },
  };
}

/** The requested URL with a normalized path. Undefined if the host or the target is invalid. */
function requestUrl(request: IncomingMessage): URL | undefined {
  const { host } = request.headers;
  // Concatenated and not resolved: `//host/path` must stay a path and never become another host.
  if (!host || /[/?#@\\\s]/.test(host) || !request.url?.startsWith('/')) return undefined;
  return URL.parse(`http://${host}${request.url}`) ?? undefined;
}

/**
 * What Vercel tells a function about the client. Overwrites what the client, or a tunnel, claims.
 *
 * @param tls whether the request came over https, through the tunnel.
 */
function forwardedHeaders(
  request: IncomingMessage,
  url: URL,
  requestId: string,
  tls: boolean,
): Record<string, string> {
  const address = request.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '127.0.0.1';
  const proto = tls ? 'https' : 'http';
  const node = address.includes(':') ? `"[${address}]"` : address;
  return {
    host: url.host,
    'x-forwarded-for': address,
    'x-forwarded-host': url.host,
    'x-forwarded-proto': proto,
    'x-forwarded-port': url.port || (tls ? '443' : '80'),
    'x-real-ip': address,
    'x-vercel-forwarded-for': address,
    'x-vercel-id': requestId,
    forwarded: `for=${node};host=${url.host};proto=${proto}`,
  };
}

function pinnedInstance(request: IncomingMessage, count: number): number | 'unknown' | undefined {
  const asked = request.headers['x-local-instance'];
  if (asked === undefined) return undefined;
  const index = Number(asked);
  return /^\d{1,4}$/.test(String(asked)) && index < count ? index : 'unknown';
}

function newRequestId(): string {
  return `dev1::${randomBytes(3).toString('hex')}-${Date.now()}-${randomBytes(6).toString('hex')}`;
}
