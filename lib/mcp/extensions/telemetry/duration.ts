import { type Attributes, type Histogram, type MeterProvider, metrics } from '@opentelemetry/api';
import { serverName, serverVersion } from '../../../version.ts';

/** The buckets that the conventions prescribe, in seconds. */
const explicitBucketBoundaries = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];

let current: { provider: MeterProvider; histogram: Histogram } | undefined;

/** Records `mcp.server.operation.duration`. Does nothing without a meter provider. */
export function recordDuration(seconds: number, attributes: Attributes): void {
  const provider = metrics.getMeterProvider();
  // The API keeps no histogram for a provider that is registered later.
  if (current?.provider !== provider) {
    const meter = provider.getMeter(serverName, serverVersion);
    const histogram = meter.createHistogram('mcp.server.operation.duration', {
      description:
        'MCP request or notification duration as observed on the receiver from the time it was received until the result or ack is sent.',
      unit: 's',
      advice: { explicitBucketBoundaries },
    });
    current = { provider, histogram };
  }
  current.histogram.record(seconds, attributes);
}
