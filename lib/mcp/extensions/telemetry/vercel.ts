/** Turns telemetry on by being imported, in one line of `lib/http/endpoint.ts`. See docs/operating.md, "Traces". */
import { metrics, ProxyTracerProvider, trace } from '@opentelemetry/api';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { registerOTel } from '@vercel/otel';
import { waitUntil } from '../../../invocation.ts';
import { serverName } from '../../../version.ts';

/** `@vercel/otel` adds the referer to the first span of a request. For our own pages, it has a sign-in's parameters. */
const withoutReferer: SpanProcessor = {
  onStart: (span) => {
    delete span.attributes['http.referer'];
  },
  onEnd: () => {},
  forceFlush: async () => {},
  shutdown: async () => {},
};

/** Spans without a parent in this process that have not ended: what to call when they do, by their ids. */
const open = new Map<string, () => void>();

/**
 * Exports what a request left behind once its first span has ended. The platform is asked at the start of the request to
 * wait for that: an instance is frozen afterwards, and timers stand still. `@vercel/otel` flushes spans alone, and waits no
 * more than 50 ms for the first one to end.
 */
const flushedBeforeFrozen: SpanProcessor = {
  onStart: (span) => {
    if (span.parentSpanContext && !span.parentSpanContext.isRemote) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    open.set(span.spanContext().spanId, resolve);
    waitUntil(promise.then(flush));
  },
  onEnd: (span) => {
    const { spanId } = span.spanContext();
    open.get(spanId)?.();
    open.delete(spanId);
  },
  forceFlush: async () => {},
  shutdown: async () => {},
};

async function flush(): Promise<void> {
  const tracing = trace.getTracerProvider();
  const providers = [
    tracing instanceof ProxyTracerProvider ? tracing.getDelegate() : tracing,
    metrics.getMeterProvider(),
  ];
  // Not by their classes: `@vercel/otel` has a copy of the SDK of its own. A provider of the API alone has nothing to export.
  for (const provider of providers)
    if ('forceFlush' in provider && typeof provider.forceFlush === 'function') await provider.forceFlush();
}

registerOTel({
  serviceName: serverName,
  spanProcessors: [withoutReferer, flushedBeforeFrozen, 'auto'],
  // Without its own spans for `fetch`: they have the whole URL, and tools put arguments there. Ours have the host.
  instrumentations: [],
});
