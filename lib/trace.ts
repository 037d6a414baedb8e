import { serverName, serverVersion } from './version.ts';

export type SpanAttributes = Record<string, string | number | boolean | undefined>;

/** Where `@opentelemetry/api` 1.x keeps what is registered, shared by all its copies in a process. */
const registry = Symbol.for('opentelemetry.js.api.1');

/**
 * Runs work inside an OpenTelemetry span. Until somebody registers a tracer provider, nothing is even loaded:
 * the API alone would add a tenth to a cold start.
 *
 * @param describe attributes to set when the work is done, from what it returned.
 */
export async function span<T>(
  name: string,
  work: () => Promise<T>,
  describe: (result: T) => SpanAttributes = () => ({}),
): Promise<T> {
  if (!(registry in globalThis)) return work();
  const { SpanStatusCode, trace } = await import('@opentelemetry/api');
  return trace.getTracer(serverName, serverVersion).startActiveSpan(name, async (active) => {
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
