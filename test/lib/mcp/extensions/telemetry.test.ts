import { context, metrics, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  AggregationTemporality,
  type HistogramMetricData,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { listenOnLoopback } from '../../../../dev/vercel/loopback.ts';
import { defineTool } from '../../../../lib/mcp/define/tool.ts';
import { mcpEndpoint } from '../../../../lib/mcp/endpoint.ts';
import { baselineScopes } from '../../../../lib/scopes.ts';
import { identity } from '../../../../lib/tools/identity.ts';
import { features } from '../../../../lib/tools/index.ts';
import { accessToken, other } from '../../../support/access-token.ts';
import { eventually } from '../../../support/eventually.ts';
import { initialize, modern, readAnswer, request } from '../../../support/mcp-request.ts';
import { useStack } from '../../../support/stack.ts';

const canaries = {
  argument: 'canary-argument-5f1c',
  result: 'canary-result-83ab',
  query: 'canary-query-d2e7',
};

let upstream: string;
/** What the tool saw in the baggage. */
let tenant: string | undefined;
const closing: (() => Promise<unknown>)[] = [];

const text = z.object({ text: z.string().max(100) });

const lookUp = defineTool({
  name: 'look_up',
  title: 'Look up',
  description: 'Asks another server, twice.',
  scopes: [...baselineScopes],
  annotations: { readOnlyHint: true },
  input: text,
  handler: async ({ text }) => {
    tenant = propagation.getActiveBaggage()?.getEntry('tenant')?.value;
    await (await fetch(`${upstream}/found?q=${canaries.query}&text=${text}`)).text();
    await fetch(`${upstream}/missing`, { method: 'POST', body: text });
    return canaries.result;
  },
});

const fails = defineTool({
  name: 'fails',
  title: 'Fails',
  description: 'Fails.',
  scopes: [],
  annotations: { readOnlyHint: true },
  input: text,
  handler: ({ text }) => Promise.reject(new Error(`${canaries.result} ${text}`)),
});

const stack = useStack();
const spans = new InMemorySpanExporter();
const durations = new InMemoryMetricExporter(AggregationTemporality.DELTA);
const reader = new PeriodicExportingMetricReader({ exporter: durations, exportIntervalMillis: 3_600_000 });
const endpoint = mcpEndpoint({ identity, features: [...features, lookUp, fails] });
let token: string;

beforeAll(async () => {
  // In this process, so that the exporters see it; with the tenant and the store of the stack.
  Object.assign(process.env, stack().env, { LOG_LEVEL: 'silent' });
  token = await accessToken(stack());
  const { port, serve, close } = await listenOnLoopback(0);
  serve((request, response) => {
    response.statusCode = request.url?.startsWith('/found') ? 200 : 404;
    response.end(canaries.result);
  });
  upstream = `http://localhost:${port}`;
  closing.push(close);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  const propagators = [new W3CTraceContextPropagator(), new W3CBaggagePropagator()];
  propagation.setGlobalPropagator(new CompositePropagator({ propagators }));
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }),
  );
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
});

afterAll(async () => {
  trace.disable();
  metrics.disable();
  for (const close of closing) await close();
});

beforeEach(async () => {
  await reader.forceFlush();
  durations.reset();
  spans.reset();
});

async function post(body: unknown, headers: Record<string, string> = {}) {
  const response = await endpoint.fetch(
    new Request(stack().mcpUrl, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        authorization: `Bearer ${token}`,
        'user-agent': 'claude-code/2.1 (cli)',
        ...headers,
      },
      body: JSON.stringify(body),
    }),
  );
  return readAnswer(response);
}

const legacy = { 'mcp-protocol-version': '2025-11-25' };
const messageSpans = () => spans.getFinishedSpans().filter(({ kind }) => kind === SpanKind.SERVER);
const onlySpan = (): ReadableSpan => {
  const [span, ...others] = messageSpans();
  expect(others).toEqual([]);
  return span ?? expect.fail('no SERVER span');
};
const childrenOf = (parent: ReadableSpan) =>
  spans.getFinishedSpans().filter((each) => each.parentSpanContext?.spanId === parent.spanContext().spanId);

async function recorded(): Promise<HistogramMetricData[]> {
  await reader.forceFlush();
  return durations
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap(({ metrics }) => metrics as HistogramMetricData[]);
}

const eras: [
  string,
  (method: string, params?: Record<string, unknown>) => ReturnType<typeof post>,
  string,
][] = [
  ['modern', (method, params) => post(...modern(method, params)), '2026-07-28'],
  ['legacy', (method, params) => post(request(method, params), legacy), '2025-11-25'],
];

describe.each(eras)('telemetry, %s', (_era, send, version) => {
  it('a tool call is a SERVER span with the attributes of the conventions and of Vercel', async () => {
    const { last } = await send('tools/call', { name: 'look_up', arguments: { text: canaries.argument } });
    const span = onlySpan();
    expect(span.name).toBe('tools/call look_up');
    expect(span.status.code).toBe(SpanStatusCode.UNSET);
    expect(span.attributes).toEqual({
      'mcp.method.name': 'tools/call',
      'mcp.protocol.version': version,
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'look_up',
      'jsonrpc.request.id': String(last.id),
      'network.protocol.name': 'http',
      'network.transport': 'tcp',
      'vercel.rpc.route': 'mcp',
      'vercel.rpc.outcome': 'success',
      'vercel.rpc.client.name': 'claude-code',
      'vercel.rpc.auth.outcome': 'authorized',
    });
  });

  it('each fetch of a tool is a child span without path and query, even if nobody reads the body', async () => {
    await send('tools/call', { name: 'look_up', arguments: { text: canaries.argument } });
    const port = Number(new URL(upstream).port);
    const calls = childrenOf(onlySpan()).filter(({ kind }) => kind === SpanKind.CLIENT);
    expect(calls.map(({ name, attributes }) => [name, attributes])).toEqual([
      [
        'GET',
        {
          'http.request.method': 'GET',
          'server.address': 'localhost',
          'server.port': port,
          'http.response.status_code': 200,
        },
      ],
      [
        'POST',
        {
          'http.request.method': 'POST',
          'server.address': 'localhost',
          'server.port': port,
          'http.response.status_code': 404,
          'error.type': '404',
        },
      ],
    ]);
  });

  it('calls to the store are child spans of the message', async () => {
    await send('tools/call', { name: 'list_notes', arguments: {} });
    expect(childrenOf(onlySpan()).map(({ name }) => name)).toContain('redis');
  });

  it('a tool that fails is tool_error, and what the model is told is not in the span', async () => {
    await send('tools/call', { name: 'fails', arguments: { text: canaries.argument } });
    const { status, attributes } = onlySpan();
    expect(status).toEqual({ code: SpanStatusCode.ERROR });
    expect(attributes).toMatchObject({
      'error.type': 'tool_error',
      'vercel.rpc.outcome': 'execution_failure',
    });
  });

  it('wrong arguments are the error of the caller', async () => {
    await send('tools/call', { name: 'fails', arguments: { text: 7 } });
    expect(onlySpan().attributes).toMatchObject({
      'gen_ai.tool.name': 'fails',
      'error.type': expect.any(String),
      'vercel.rpc.outcome': 'request_error',
    });
  });

  it.each([
    ['tool', 'tools/call', { name: canaries.argument, arguments: {} }, 'tools/call', '-32602'],
    ['method', canaries.argument, {}, '_OTHER', '-32601'],
  ])('a %s that does not exist gives the span no name', async (_what, method, params, name, code) => {
    const { last } = await send(method, params);
    expect(last.error?.code).toBe(Number(code));
    const span = onlySpan();
    expect(span.name).toBe(name);
    expect(span.attributes).toMatchObject({
      'mcp.method.name': name,
      'error.type': code,
      'rpc.response.status_code': code,
      'vercel.rpc.outcome': 'request_error',
    });
    expect(JSON.stringify(span.attributes)).not.toContain(canaries.argument);
  });

  it('a resource is named by its template', async () => {
    await send('resources/read', { uri: 'note://abc' });
    expect(onlySpan().name).toBe('resources/read');
    expect(onlySpan().attributes).toMatchObject({ 'mcp.resource.uri': 'note://{id}' });
  });

  it('a URI too long to match still has its span, without the URI', async () => {
    const { last } = await send('resources/read', { uri: `note://${'a'.repeat(1_100_000)}` });
    expect(onlySpan().attributes).toMatchObject({ 'error.type': String(last.error?.code) });
    expect(onlySpan().attributes).not.toHaveProperty('mcp.resource.uri');
  });

  it('durations are recorded in seconds, in the buckets of the conventions', async () => {
    await send('tools/call', { name: 'look_up', arguments: { text: 'a' } });
    const [histogram, ...others] = await recorded();
    expect(others).toEqual([]);
    expect(histogram?.descriptor).toMatchObject({ name: 'mcp.server.operation.duration', unit: 's' });
    const [point, ...morePoints] = histogram?.dataPoints ?? [];
    expect(morePoints).toEqual([]);
    expect(point?.value.buckets.boundaries).toEqual([
      0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300,
    ]);
    expect(point?.value.sum).toBeGreaterThan(0);
    expect(point?.value.sum).toBeLessThan(10);
    expect(point?.attributes).toEqual({
      'mcp.method.name': 'tools/call',
      'mcp.protocol.version': version,
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'look_up',
      'network.protocol.name': 'http',
      'network.transport': 'tcp',
    });
  });

  it("the trace context in _meta is the parent, with a link to the HTTP request's span", async () => {
    const _meta = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, tracestate: 'vendor=1' };
    await send('tools/list', { _meta });
    const span = onlySpan();
    expect(span.spanContext().traceId).toBe('a'.repeat(32));
    expect(span.spanContext().traceState?.serialize()).toBe('vendor=1');
    expect(span.parentSpanContext?.spanId).toBe('b'.repeat(16));
    const request = spans.getFinishedSpans().find(({ name }) => name === 'mcp');
    expect(span.links.map((link) => link.context.spanId)).toEqual([request?.spanContext().spanId]);
  });

  it('baggage reaches the tool, with or without a trace context', async () => {
    const params = { name: 'look_up', arguments: { text: 'a' } };
    await send('tools/call', { ...params, _meta: { baggage: 'tenant=acme' } });
    expect(tenant).toBe('acme');
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    await send('tools/call', { ...params, _meta: { traceparent, baggage: 'tenant=other' } });
    expect(tenant).toBe('other');
    await send('tools/call', params);
    expect(tenant).toBeUndefined();
  });

  it('a trace context that is malformed is ignored', async () => {
    await send('tools/list', {
      _meta: { traceparent: `00-${'0'.repeat(32)}-${canaries.argument}-01`, baggage: 7 },
    });
    const request = spans.getFinishedSpans().find(({ name }) => name === 'mcp');
    expect(onlySpan().parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
    expect(onlySpan().links).toEqual([]);
  });

  it('neither token nor argument nor result is in any span or metric', async () => {
    const args = { text: canaries.argument };
    await send('tools/call', { name: 'look_up', arguments: args });
    await send('tools/call', { name: 'fails', arguments: args });
    await send('resources/read', { uri: `note://${canaries.argument}` });
    const written = spans
      .getFinishedSpans()
      .map(({ name, attributes, events, status, links }) => ({ name, attributes, events, status, links }));
    const all = JSON.stringify([written, await recorded()]);
    expect(all).toContain('look_up');
    for (const secret of [token, ...Object.values(canaries)]) expect(all).not.toContain(secret);
  });
});

it('the trace context in the headers is the parent of the HTTP request, and so of the message', async () => {
  const headers = { ...legacy, traceparent: `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01` };
  await post(request('tools/list'), headers);
  const http = spans.getFinishedSpans().find(({ name }) => name === 'mcp');
  expect(http?.parentSpanContext?.spanId).toBe('d'.repeat(16));
  expect(onlySpan().parentSpanContext?.spanId).toBe(http?.spanContext().spanId);
});

it('a session is an attribute from its first message on, and a notification is a span without an id', async () => {
  const { headers } = await post(initialize());
  const session = headers.get('mcp-session-id') ?? '';
  expect(onlySpan()).toMatchObject({
    name: 'initialize',
    attributes: { 'mcp.session.id': session, 'mcp.protocol.version': '2025-11-25' },
  });
  spans.reset();
  const inSession = { ...legacy, 'mcp-session-id': session };
  await post({ jsonrpc: '2.0', method: 'notifications/initialized' }, inSession);
  const { name, attributes } = onlySpan();
  expect(name).toBe('notifications/initialized');
  expect(attributes).toMatchObject({ 'mcp.session.id': session, 'vercel.rpc.outcome': 'success' });
  expect(attributes).not.toHaveProperty('jsonrpc.request.id');
});

it('a session header that is no session id of ours is not recorded, nor is an unknown notification', async () => {
  const headers = { ...legacy, 'mcp-session-id': token.slice(-60) };
  await post({ jsonrpc: '2.0', method: `notifications/${canaries.argument}` }, headers);
  expect(onlySpan().name).toBe('_OTHER');
  expect(JSON.stringify(onlySpan().attributes)).not.toContain(token.slice(-60));
  expect(JSON.stringify(onlySpan().attributes)).not.toContain(canaries.argument);
});

it('each message of a batch is a span, with the children that its handler makes', async () => {
  const batch = [
    request('tools/call', { name: 'look_up', arguments: { text: 'a' } }),
    request('tools/call', { name: 'fails', arguments: { text: 'a' } }),
  ];
  await post(batch, { 'mcp-protocol-version': '2025-03-26' });
  const [looked, failed] = ['tools/call look_up', 'tools/call fails'].map((name) =>
    messageSpans().find((span) => span.name === name),
  );
  if (!looked || !failed) return expect.fail('a span is missing');
  expect(childrenOf(looked).filter(({ kind }) => kind === SpanKind.CLIENT)).toHaveLength(2);
  expect(failed.attributes['error.type']).toBe('tool_error');
});

it('a call that lacks scopes is the error of the caller', async () => {
  const authorization = `Bearer ${await accessToken(stack(), { user: other, scope: 'openid' })}`;
  const add = request('tools/call', { name: 'add_note', arguments: { title: 'A', text: '' } });
  expect((await post(add, { ...legacy, authorization })).status).toBe(403);
  expect(onlySpan()).toMatchObject({
    name: 'tools/call add_note',
    status: { code: SpanStatusCode.ERROR },
    attributes: { 'error.type': '403', 'vercel.rpc.outcome': 'request_error' },
  });
});

it('a client that leaves is cancelled', async () => {
  const [body, headers] = modern('subscriptions/listen', { notifications: { resourcesListChanged: true } });
  const { body: stream } = await endpoint.fetch(
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
  await stream?.cancel();
  await eventually(() =>
    expect(onlySpan()).toMatchObject({
      name: 'subscriptions/listen',
      attributes: { 'error.type': 'cancelled', 'vercel.rpc.client.name': 'other' },
    }),
  );
});
