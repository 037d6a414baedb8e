import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endpoint } from '../../lib/http/endpoint.ts';
import { timed } from '../../lib/log.ts';
import { eventually } from '../support/eventually.ts';

const exporter = new InMemorySpanExporter();

const subject = endpoint({
  name: 'subject',
  methods: {
    GET: async () => Response.json(await timed('redis', async () => 'answer')),
    DELETE: (request) =>
      new Response(
        new ReadableStream({
          pull: async (controller) => {
            await timed('redis', async () => {});
            if (new URL(request.url).pathname === '/endless') await new Promise(() => {});
            controller.enqueue(new TextEncoder().encode('data: answer\n\n'));
            controller.close();
          },
        }),
        { headers: { 'content-type': 'text/event-stream' } },
      ),
    POST: () => timed('auth0', () => Promise.reject(new Error('code=abcdef'))),
  },
});

const finished = (name: string): ReadableSpan | undefined =>
  exporter.getFinishedSpans().find((each) => each.name === name);

describe('with a tracer provider registered', () => {
  beforeAll(() => {
    Object.assign(process.env, {
      SERVER_URL: 'https://mcp.example.com',
      AUTH0_DOMAIN: 'acme.auth0.com',
      AUTH0_CLIENT_ID: 'id',
      AUTH0_CLIENT_SECRET: 'secret',
      LOG_LEVEL: 'silent',
    });
    context.setGlobalContextManager(new AsyncLocalStorageContextManager());
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
    );
  });
  afterAll(() => trace.disable());

  it('a request is a span that says what its log line says, and its calls are spans inside it', async () => {
    await subject.fetch(new Request('https://mcp.example.com/thing?code=abcdef'));
    const [request, call] = [finished('subject'), finished('redis')];
    expect(request?.attributes).toMatchObject({
      endpoint: 'subject',
      path: '/thing',
      status: 200,
      redisCalls: 1,
    });
    expect(call?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
  });

  it.each([
    ['read to its end', '/', (body: ReadableStream) => new Response(body).text()],
    ['no longer wanted', '/endless', (body: ReadableStream) => body.cancel()],
  ])('a stream is part of its request until it is %s', async (_, path, end) => {
    exporter.reset();
    const request = new Request(`https://mcp.example.com${path}`, { method: 'DELETE' });
    const { body } = await subject.fetch(request);
    await eventually(() => expect(finished('redis')).toBeDefined());
    expect(finished('subject')).toBeUndefined();
    if (body) await end(body);
    await eventually(() =>
      expect(finished('subject')?.attributes).toMatchObject({ status: 200, redisCalls: 1 }),
    );
    expect(finished('redis')?.parentSpanContext?.spanId).toBe(finished('subject')?.spanContext().spanId);
  });

  it('a failing call is marked by the kind of its error alone', async () => {
    await subject.fetch(new Request('https://mcp.example.com/thing', { method: 'POST' }));
    expect(finished('auth0')?.status.message).toBe('Error');
    expect(
      JSON.stringify(exporter.getFinishedSpans().map(({ attributes, status }) => [attributes, status])),
    ).not.toContain('abcdef');
  });
});
