import { type Config, getConfig } from '../config.ts';
import type { ConfigProblem } from '../environment.ts';
import { annotate, errorFields, log, logRequest, withRequestLog } from '../log.ts';
import { originOf } from '../origin.ts';
import { span } from '../trace.ts';
import { corsHeaders, preflight } from './cors.ts';
import { OAuthError } from './errors.ts';

/** What every endpoint is handed beside the request itself. */
export type Context = {
  config: Config;
  /** The public origin this request is answered as. */
  origin: string;
  /** The request's URL, with the path that the client asked for. */
  url: URL;
  requestId: string;
};

export type Handler = (request: Request, context: Context) => Response | Promise<Response>;

export type EndpointOptions = {
  /** Short name for the log, such as `token`. */
  name: string;
  methods: { GET?: Handler; POST?: Handler; DELETE?: Handler };
  /** Whether scripts of any origin may read the answers. Never for pages that act with the user's cookies. */
  cors?: boolean;
  /** How a refusal looks to whoever called; OAuth JSON unless given. */
  renderError?: (error: OAuthError, context: Context) => Response | Promise<Response>;
  /** Answers even when the environment is incomplete, as `/health` does. */
  misconfigured?: (problems: ConfigProblem[]) => Response;
};

/** Wraps handlers into a Vercel function: methods, CORS, configuration, refusals, one log line and span a request. */
export function endpoint(options: EndpointOptions): { fetch(request: Request): Promise<Response> } {
  return {
    fetch: (request) =>
      withRequestLog(async (requestId) => {
        const begun = Promise.withResolvers<Response>();
        const work = async () => {
          const started = performance.now();
          const response = await serve(request, requestId, options);
          // The work goes on while a stream is read; what it costs belongs to the line as well.
          if (isEventStream(response)) await passOn(response, begun.resolve);
          return { response, line: closingLine(request, response.status, started, options) };
        };
        const over = span(options.name, work, ({ line }) => line);
        return Promise.race([begun.promise, over.then(({ response }) => response)]);
      }),
  };
}

async function serve(request: Request, requestId: string, options: EndpointOptions): Promise<Response> {
  const { status, statusText, headers: given, body } = await answer(request, requestId, options);
  const headers = new Headers(given);
  headers.set('x-request-id', requestId);
  headers.set('x-content-type-options', 'nosniff');
  if (!headers.has('referrer-policy')) headers.set('referrer-policy', 'no-referrer');
  if (options.cors) for (const [name, value] of Object.entries(corsHeaders)) headers.set(name, value);
  return new Response(request.method === 'HEAD' ? null : body, { status, statusText, headers });
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

/** Hands the response on; settles when its body has been read to the end, broke, or is not wanted any more. */
async function passOn(response: Response, to: (response: Response) => void): Promise<void> {
  const passing = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
  const passed = response.body?.pipeTo(passing.writable);
  to(new Response(passing.readable, response));
  await passed?.catch(() => {});
}

async function answer(request: Request, requestId: string, options: EndpointOptions): Promise<Response> {
  const { methods, cors, renderError = (error: OAuthError) => error.toResponse() } = options;
  const allowed = [...Object.keys(methods), ...(methods.GET ? ['HEAD'] : []), 'OPTIONS'];
  if (request.method === 'OPTIONS')
    return cors
      ? preflight(allowed)
      : new Response(null, { status: 204, headers: { allow: allowed.join(', ') } });

  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const handler = Object.hasOwn(methods, method) ? methods[method as keyof typeof methods] : undefined;

  const configured = getConfig();
  if ('problems' in configured) return (options.misconfigured ?? misconfigured)(configured.problems);
  const { config } = configured;
  const context: Context = {
    config,
    origin: originOf(request, config),
    url: new URL(request.url),
    requestId,
  };
  try {
    if (!handler) throw methodNotAllowed(request, allowed);
    return await handler(request, context);
  } catch (error) {
    const refusal = error instanceof OAuthError ? error : unexpected(error, requestId);
    annotate({ outcome: refusal.code, reason: refusal.message });
    if (refusal.cause && error instanceof OAuthError) log('warn', 'refused', errorFields(refusal.cause));
    return renderError(refusal, context);
  }
}

function methodNotAllowed({ method }: Request, allowed: string[]): OAuthError {
  return new OAuthError('invalid_request', `Method ${method.replace(/[^A-Z]/g, '')} is not allowed here.`, {
    status: 405,
    headers: { allow: allowed.join(', ') },
  });
}

function unexpected(error: unknown, requestId: string): OAuthError {
  log('error', 'unexpected error', errorFields(error));
  return new OAuthError('server_error', `Something failed here. Request id: ${requestId}`);
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
