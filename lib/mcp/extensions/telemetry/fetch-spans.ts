import { subscribe } from 'node:diagnostics_channel';
import { context, createContextKey, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { z } from 'zod';
import { serverName, serverVersion } from '../../../version.ts';

/** In the context of a tool call: the spans of its fetches that have not ended. */
const openFetches = createContextKey('open fetches');

/**
 * Runs a tool's handler so that each `fetch` in it is a child span, named by its method. The span has the host, but
 * neither path nor query: tools put arguments there, and sometimes keys. Nothing is added to the request.
 */
export async function withFetchSpans<T>(run: () => Promise<T>): Promise<T> {
  const open = new Set<Span>();
  try {
    return await context.with(context.active().setValue(openFetches, open), run);
  } finally {
    // A body that nobody reads has no end.
    for (const span of open) span.end();
  }
}

const created = z.object({
  request: z.looseObject({ method: z.string(), origin: z.union([z.string(), z.instanceof(URL)]) }),
});
const answered = z.object({ response: z.object({ statusCode: z.number() }) });
const failed = z.object({ error: z.instanceof(Error) });

type Fetch = { span: Span; open: Set<Span> };

/** By the request object that Node's `fetch` reports with each event. */
const fetches = new WeakMap<object, Fetch>();

// Once for the process: this module is loaded once.
subscribe('undici:request:create', (event) => {
  const open = context.active().getValue(openFetches);
  const { data } = created.safeParse(event);
  if (!data || !isSpanSet(open)) return;
  const { method, origin } = data.request;
  const url = URL.parse(String(origin));
  const span = trace.getTracer(serverName, serverVersion).startSpan(method, {
    kind: SpanKind.CLIENT,
    attributes: {
      'http.request.method': method,
      'server.address': url?.hostname,
      'server.port': Number(url?.port) || (url?.protocol === 'http:' ? 80 : 443),
    },
  });
  open.add(span);
  fetches.set(requestIn(event), { span, open });
});

subscribe('undici:request:headers', (event) => {
  const { data } = answered.safeParse(event);
  const { span } = fetches.get(requestIn(event)) ?? {};
  if (!data || !span) return;
  const { statusCode } = data.response;
  span.setAttribute('http.response.status_code', statusCode);
  if (statusCode < 400) return;
  span.setAttribute('error.type', String(statusCode));
  span.setStatus({ code: SpanStatusCode.ERROR });
});

subscribe('undici:request:trailers', (event) => end(fetches.get(requestIn(event))));

subscribe('undici:request:error', (event) => {
  const ended = fetches.get(requestIn(event));
  const { data } = failed.safeParse(event);
  ended?.span.setAttribute('error.type', data?.error.name ?? '_OTHER');
  ended?.span.setStatus({ code: SpanStatusCode.ERROR });
  end(ended);
});

function end(ended: Fetch | undefined): void {
  if (ended?.open.delete(ended.span)) ended.span.end();
}

/** The event's request itself: a schema would copy it. */
function requestIn(event: unknown): object {
  const request =
    typeof event === 'object' && event !== null && 'request' in event ? event.request : undefined;
  return typeof request === 'object' && request !== null ? request : {};
}

function isSpanSet(value: unknown): value is Set<Span> {
  return value instanceof Set;
}
