import { type Config, getConfig, hasSignIn, type SignInConfig } from '../config.ts';
import type { ConfigProblem } from '../environment.ts';
import { log, logRequest, withRequestLog } from '../log.ts';
import { originOf } from '../origin.ts';
import { span } from '../trace.ts';
import { corsHeaders, preflight } from './cors.ts';
import { OAuthError, refusalOf } from './errors.ts';
import { watched } from './watched-response.ts';

/** What every endpoint is handed with the request. */
export type Context<C extends Config = Config> = {
  config: C;
  /** The public origin this request is answered as. */
  origin: string;
  /** The request's URL, with the path that the client asked for. */
  url: URL;
  requestId: string;
};

/** The context of an endpoint that exists only with sign-in: its configuration has a tenant. */
export type SignInContext = Context<SignInConfig>;

type Handler<C extends Context> = (request: Request, context: C) => Response | Promise<Response>;

type Options<C extends Context> = {
  /** Short name for the log, such as `token`. */
  name: string;
  methods: { GET?: Handler<C>; POST?: Handler<C>; DELETE?: Handler<C> };
  /** Whether scripts of any origin may read the answers. Never for pages that act with the user's cookies. */
  cors?: boolean;
  /** How a refusal looks to the caller; OAuth JSON unless given. */
  renderError?: (error: OAuthError, context: Context) => Response | Promise<Response>;
  /** Answers when the environment is incomplete, as `/health` does. */
  misconfigured?: (problems: ConfigProblem[]) => Response;
};

export type EndpointOptions =
  | (Options<Context> & { requires?: undefined })
  /** The endpoint answers 404 if sign-in is off (`OAUTH_ENABLED=false`). */
  | (Options<SignInContext> & { requires: 'oauth' });

/** Wraps handlers into a Vercel function: methods, CORS, configuration, refusals, one log line and span per request. */
export function endpoint(options: EndpointOptions): { fetch(request: Request): Promise<Response> } {
  return {
    fetch: (request) =>
      withRequestLog(async (requestId) => {
        const begun = Promise.withResolvers<Response>();
        const work = async () => {
          const started = performance.now();
          const response = await serve(request, requestId, options);
          // The work goes on while a stream is read; what it costs belongs to the line as well.
          if (isEventStream(response)) await forward(response, begun.resolve);
          return { response, line: closingLine(request, response.status, started, options) };
        };
        const over = span(options.name, work, ({ line }) => line, request.headers);
        return Promise.race([begun.promise, over.then(({ response }) => response)]);
      }),
  };
}

async function serve(request: Request, requestId: string, options: EndpointOptions): Promise<Response> {
  const response = await answer(request, requestId, options);
  const { headers } = response;
  headers.set('x-request-id', requestId);
  headers.set('x-content-type-options', 'nosniff');
  if (!headers.has('referrer-policy')) headers.set('referrer-policy', 'no-referrer');
  if (options.cors) for (const [name, value] of Object.entries(corsHeaders)) headers.set(name, value);
  return request.method === 'HEAD' ? new Response(null, response) : response;
}

function closingLine(request: Request, status: number, started: number, { name }: EndpointOptions) {
  return logRequest(status >= 500 ? 'error' : 'info', {
    endpoint: name,
    method: request.method,
    path: new URL(request.url).pathname,
    status,
    ms: Math.round(performance.now() - started),
    userAgent: request.headers.get('user-agent')?.slice(0, 80),
  });
}

function isEventStream({ headers, body }: Response): boolean {
  return body !== null && headers.get('content-type')?.startsWith('text/event-stream') === true;
}

/** Hands the response on. Settles once its body was read to the end, broke, or is no longer wanted. */
function forward(response: Response, to: (response: Response) => void): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  to(watched(response, { onEnd: resolve, onDisconnect: resolve }));
  return promise;
}

async function answer(request: Request, requestId: string, options: EndpointOptions): Promise<Response> {
  const { methods, cors, renderError = (error: OAuthError) => error.toResponse() } = options;
  const allowed = [...Object.keys(methods), ...(methods.GET ? ['HEAD'] : []), 'OPTIONS'];
  if (request.method === 'OPTIONS')
    return cors
      ? preflight(allowed)
      : new Response(null, { status: 204, headers: { allow: allowed.join(', ') } });

  const configured = getConfig();
  if ('failure' in configured) return (options.misconfigured ?? misconfigured)(configured.failure);
  const config = configured.value;
  const context = { config, origin: originOf(request, config), url: new URL(request.url), requestId };
  try {
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const response = await dispatch(request, method as Method, context, options);
    if (!response) throw methodNotAllowed(request, allowed);
    return response;
  } catch (error) {
    return renderError(refusalOf(error, requestId), context);
  }
}

type Method = keyof Options<Context>['methods'];

/** Calls the method's handler; the one place where a configuration is narrowed to one with sign-in. */
function dispatch(request: Request, method: Method, context: Context, options: EndpointOptions) {
  if (!Object.hasOwn(options.methods, method)) return undefined;
  if (options.requires === undefined) return options.methods[method]?.(request, context);
  const { config } = context;
  if (!hasSignIn(config))
    throw new OAuthError('invalid_request', 'This server runs without sign-in.', { status: 404 });
  return options.methods[method]?.(request, { ...context, config });
}

function methodNotAllowed({ method }: Request, allowed: string[]): OAuthError {
  return new OAuthError('invalid_request', `Method ${method.replace(/[^A-Z]/g, '')} is not allowed here.`, {
    status: 405,
    headers: { allow: allowed.join(', ') },
  });
}

function misconfigured(problems: ConfigProblem[]): Response {
  log('error', 'misconfigured', { variables: problems.map((problem) => problem.variable).join(', ') });
  return Response.json(
    {
      error: 'server_error',
      error_description: 'This deployment is not configured yet. See problems for what to set.',
      problems,
    },
    { status: 503, headers: { 'cache-control': 'no-store' } },
  );
}
