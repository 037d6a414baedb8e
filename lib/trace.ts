import { serverName, serverVersion } from './version.ts';

export type SpanAttributes = Record<string, string | number | boolean | undefined>;

/** Where `@opentelemetry/api` 1.x keeps what is registered, shared by all its copies in a process. */
const registry = Symbol.for('opentelemetry.js.api.1');

/** Whether a provider of traces or metrics is registered. If not, nothing of OpenTelemetry is even loaded. */
export function hasProvider(): boolean {
  return registry in globalThis;
}

/**
 * Runs work inside an OpenTelemetry span. Does not load the API unless a provider is registered: it would add a tenth to a
 * cold start.
 *
 * @param describe attributes to set when the work is done, from what it returned.
 * @param headers of the HTTP request that is served: the trace context in them is the parent of a span without another.
 */
export async function span<T>(
  name: string,
  work: () => Promise<T>,
  describe: (result: T) => SpanAttributes = () => ({}),
  headers?: Headers,
): Promise<T> {
  if (!hasProvider()) return work();
  const { context, propagation, SpanStatusCode, trace } = await import('@opentelemetry/api');
  const ambient = context.active();
  const parent =
    headers && !trace.getSpanContext(ambient) ? propagation.extract(ambient, headers, headerGetter) : ambient;
  return trace.getTracer(serverName, serverVersion).startActiveSpan(name, {}, parent, async (active) => {
    try {
      const result = await work();
      active.setAttributes(describe(result));
      return result;
    } catch (error) {
      // Only the kind: messages may hold what others composed.
      active.setStatus({
        code: SpanStatusCode.ERROR,
        message: error instanceof Error ? error.name : undefined,
      });
      throw error;
    } finally {
      active.end();
    }
  });
}

const headerGetter = {
  get: (headers: Headers, name: string) => headers.get(name) ?? undefined,
  keys: (headers: Headers) => [...headers.keys()],
};
