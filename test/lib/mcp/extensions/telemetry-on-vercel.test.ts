import { context, propagation, trace } from '@opentelemetry/api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listenOnLoopback } from '../../../../dev/vercel/loopback.ts';
import { mcpEndpoint } from '../../../../lib/mcp/endpoint.ts';
import { identity } from '../../../../lib/tools/identity.ts';
import { features } from '../../../../lib/tools/index.ts';
import { accessToken } from '../../../support/access-token.ts';
import { eventually } from '../../../support/eventually.ts';
import { modern } from '../../../support/mcp-request.ts';
import { useStack } from '../../../support/stack.ts';

const stack = useStack();
const received: string[] = [];
/** Where the platform puts what it provides with an invocation. */
const requestContext = Symbol.for('@vercel/request-context');
let close: () => Promise<void>;

beforeAll(async () => {
  const collector = await listenOnLoopback(0);
  close = collector.close;
  collector.serve(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    received.push(`${request.url} ${Buffer.concat(chunks)}`);
    response.end('{}');
  });
  Object.assign(process.env, stack().env, {
    LOG_LEVEL: 'silent',
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://localhost:${collector.port}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '50',
  });
  await import('../../../../lib/mcp/extensions/telemetry/vercel.ts');
});

afterAll(async () => {
  Object.assign(globalThis, { [requestContext]: undefined });
  trace.disable();
  context.disable();
  propagation.disable();
  await close();
});

async function callTool(_meta = {}): Promise<string> {
  const token = await accessToken(stack());
  const [body, headers] = modern('tools/call', { name: 'list_notes', arguments: {}, _meta });
  const response = await mcpEndpoint({ identity, features }).fetch(
    new Request(stack().mcpUrl, {
      method: 'POST',
      headers: {
        ...headers,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        authorization: `Bearer ${token}`,
      },
      body: JSON.stringify(body),
    }),
  );
  expect(response.status).toBe(200);
  await response.text();
  return token;
}

it('one import registers @vercel/otel, which exports the spans of messages and of the store', async () => {
  const token = await callTool();
  await eventually(() => expect(received.join()).toContain('"tools/call list_notes"'));
  const exported = received.join('\n');
  expect(exported).toContain('/v1/traces');
  expect(exported).toContain('"vercel.rpc.outcome"');
  expect(exported).toContain('"redis"');
  expect(exported).not.toContain(token);
});

it("on Vercel, the trace is the platform's own, and a message links to the span of its client", async () => {
  received.length = 0;
  const root = { traceId: 'e'.repeat(32), spanId: 'f'.repeat(16), traceFlags: 1 };
  const invocation = {
    url: stack().mcpUrl,
    headers: { host: 'mcp.example.com', referer: 'https://mcp.example.com/authorize?state=canary-state' },
    telemetry: { rootSpanContext: root, reportSpans: () => {} },
    waitUntil: () => {},
  };
  Object.assign(globalThis, { [requestContext]: { get: () => invocation } });
  await callTool({ traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` });
  await eventually(() => expect(received.join()).toContain('"tools/call list_notes"'));
  const spans = received.flatMap((each) => [
    ...each.matchAll(/\{"traceId":"(\w+)","spanId":"(\w+)"[^{]*?"name":"([^"]+)"/g),
  ]);
  const ofMessage = spans.find(([, , , name]) => name === 'tools/call list_notes');
  expect(ofMessage?.[1]).toBe(root.traceId);
  expect(received.join()).toContain(`"parentSpanId":"${root.spanId}"`);
  expect(received.join()).toContain(`"spanId":"${'b'.repeat(16)}"`);
  expect(received.join()).toContain('mcp.example.com');
  expect(received.join()).not.toContain('canary-state');
});
