/** Turns telemetry on by being imported, in one line of `lib/http/endpoint.ts`. See docs/operating.md, "Traces". */
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { registerOTel } from '@vercel/otel';
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

registerOTel({
  serviceName: serverName,
  spanProcessors: [withoutReferer, 'auto'],
  // Without its own spans for `fetch`: they have the whole URL, and tools put arguments there. Ours have the host.
  instrumentations: [],
});
