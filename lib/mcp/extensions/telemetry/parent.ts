import {
  type Context,
  context,
  defaultTextMapGetter,
  isSpanContextValid,
  type Link,
  propagation,
  type SpanContext,
  trace,
} from '@opentelemetry/api';
import { isObject, paramsOf } from '../../json-rpc.ts';

/** The keys of the trace context in a message's `_meta` (SEP-414), and how many characters of each are read. */
const longestRead = { traceparent: 55, tracestate: 512, baggage: 8_192 };

/**
 * Where a message's span belongs: in the trace that the client names in `_meta`, with a link to the HTTP request's span. If
 * the registered propagator does not take over the client's context, it is the other way around: on Vercel, the trace of
 * the platform's own request span is kept, and without a propagator, so is ours.
 */
export function parentOf(message: unknown): { parent: Context; links: Link[] } {
  const ambient = context.active();
  const carrier = traceContextIn(message);
  const extracted = propagation.extract(ambient, carrier, defaultTextMapGetter);
  const baggage = propagation.getBaggage(extracted);
  const parent = baggage ? propagation.setBaggage(ambient, baggage) : ambient;
  const client = spanContextIn(carrier.traceparent);
  if (!client) return { parent, links: [] };
  if (trace.getSpanContext(extracted)?.spanId !== client.spanId)
    return { parent, links: [{ context: client }] };
  const request = trace.getSpanContext(ambient);
  return { parent: extracted, links: request ? [{ context: request }] : [] };
}

function traceContextIn(message: unknown): Record<string, string> {
  const { _meta } = paramsOf(message);
  if (!isObject(_meta)) return {};
  const entries = Object.entries(longestRead).flatMap(([key, longest]) => {
    const value = _meta[key];
    return typeof value === 'string' && value.length <= longest ? [[key, value] as const] : [];
  });
  return Object.fromEntries(entries);
}

/** The span that a `traceparent` names (W3C Trace Context, section 3.2). */
function spanContextIn(traceparent: string | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] =
    /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/.exec(traceparent ?? '') ?? [];
  if (!traceId || !spanId || !flags) return undefined;
  const found = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(found) ? found : undefined;
}
