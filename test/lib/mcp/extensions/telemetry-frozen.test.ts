import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Stack, startStack } from '../../../../dev/stack.ts';
import { listenOnLoopback } from '../../../../dev/vercel/loopback.ts';
import { accessToken } from '../../../support/access-token.ts';
import { modern, poster } from '../../../support/mcp-request.ts';
import { copyProject, linkPackages, temporaryFolder, writeFiles } from '../../../support/project-copy.ts';

const hourMs = 3_600_000;

/** A reader whose timer never comes, and an exporter that sends the names of what was measured. */
const reader = (collector: string) => `
import { AggregationTemporality, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';

export const reader = new PeriodicExportingMetricReader({
  exportIntervalMillis: ${hourMs},
  exporter: {
    export: ({ scopeMetrics }, done) => {
      const names = scopeMetrics.flatMap(({ metrics }) => metrics.map(({ descriptor }) => descriptor.name));
      fetch('${collector}/v1/metrics', { method: 'POST', body: names.join() }).then(() => done({ code: 0 }));
    },
    forceFlush: async () => {},
    shutdown: async () => {},
    selectAggregationTemporality: () => AggregationTemporality.DELTA,
  },
});
`;

const received: string[] = [];
const closing: (() => Promise<unknown>)[] = [];
let stack: Stack;

beforeAll(async () => {
  const collector = await listenOnLoopback(0);
  closing.push(collector.close);
  collector.serve(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    received.push(`${request.url} ${Buffer.concat(chunks)}`);
    response.end('{}');
  });
  const collectorUrl = `http://localhost:${collector.port}`;
  const { path: root, remove } = await temporaryFolder();
  closing.unshift(remove);
  await copyProject(root);
  await linkPackages(root);
  const read = (file: string) => readFile(join(root, file), 'utf8');
  const telemetry = await read('lib/mcp/extensions/telemetry/vercel.ts');
  await writeFiles(root, {
    'lib/http/endpoint.ts': `import '../mcp/extensions/telemetry/vercel.ts';\n${await read('lib/http/endpoint.ts')}`,
    'lib/mcp/extensions/telemetry/vercel.ts': `import { reader } from './reader.ts';\n${telemetry.replace(
      'registerOTel({',
      'registerOTel({\n  metricReaders: [reader],',
    )}`,
    'lib/mcp/extensions/telemetry/reader.ts': reader(collectorUrl),
  });
  stack = await startStack({
    root,
    port: 0,
    instances: 1,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: String(hourMs),
    },
  });
  closing.unshift(stack.close);
});
afterAll(async () => {
  for (const close of closing) await close();
});

it('spans and durations are exported before the platform freezes the instance, not when a timer fires', async () => {
  const [body, headers] = modern('tools/call', { name: 'list_notes', arguments: {} });
  const { status } = await poster(stack, await accessToken(stack))(body, headers);
  expect(status).toBe(200);
  // The platform freezes an instance once everything that it was asked to wait for is done.
  await stack.functions.idle();
  expect(received.filter((each) => each.startsWith('/v1/traces')).join()).toContain(
    '"tools/call list_notes"',
  );
  expect(received.filter((each) => each.startsWith('/v1/metrics'))).toEqual([
    '/v1/metrics mcp.server.operation.duration',
  ]);
});
