import { describe, expect, test } from 'vitest';
import type { InstanceLine } from '../../../dev/vercel/instances.ts';
import { sendRaw } from '../../attacks/raw-request.ts';
import { eventually } from '../../support/eventually.ts';
import { useFixture } from './fixture.ts';

const lines: InstanceLine[] = [];
const functions = useFixture({ onLine: (line) => lines.push(line) });
const call = (path: string, init?: RequestInit) => fetch(functions().origin + path, init);
const counted = async (path: string, header: string) =>
  Number((await call(path, { method: 'HEAD' })).headers.get(header));

describe('streams', () => {
  test('an event arrives when it is sent, not when the response ends', async () => {
    const leaving = new AbortController();
    const response = await call('/api/stream', { signal: leaving.signal });
    const reader = response.body?.getReader();
    const first = await reader?.read();
    expect(new TextDecoder().decode(first?.value)).toMatch(/^data: 0/);
    leaving.abort();
  });

  test.each(['HTTP/1.0', 'HTTP/1.1'])('a client of %s gets a body that it can read', async (version) => {
    const { headers, body } = await sendRaw(functions().origin, [
      `GET /api/echo ${version}`,
      'Host: localhost',
    ]);
    expect(headers.has('transfer-encoding')).toBe(version === 'HTTP/1.1');
    expect(body.startsWith('{')).toBe(version === 'HTTP/1.0');
  });
});

describe('a client that disconnects', () => {
  test('aborts request.signal if supportsCancellation is set', async () => {
    const before = await counted('/api/stream', 'x-aborted');
    const leaving = new AbortController();
    const response = await call('/api/stream', { signal: leaving.signal });
    await response.body?.getReader().read();
    leaving.abort();
    await eventually(async () => expect(await counted('/api/stream', 'x-aborted')).toBe(before + 1));
  });

  test('aborts nothing otherwise: the function runs to its end', async () => {
    const leaving = new AbortController();
    const gone = expect(call('/api/uncancelled', { signal: leaving.signal })).rejects.toThrow();
    await eventually(async () => expect(await counted('/api/uncancelled', 'x-started')).toBe(1));
    leaving.abort();
    await gone;
    await eventually(async () => expect(await counted('/api/uncancelled', 'x-finished')).toBe(1));
    expect(await counted('/api/uncancelled', 'x-aborted')).toBe(0);
  });
});

describe('waitUntil', () => {
  test('lets work continue after the response, and idle waits for it', async () => {
    expect(await (await call('/api/later', { method: 'POST' })).json()).toMatchObject({ done: 0 });
    await functions().idle();
    expect(await (await call('/api/later')).json()).toMatchObject({ done: 1 });
  });

  test('reports a failure without affecting anything else', async () => {
    const printed = () => lines.map(({ text }) => text);
    await eventually(() => expect(printed()).toContain('waitUntil: Error: this one fails'));
  });

  test('does not outlive the function’s time limit', async () => {
    expect(await (await call('/api/overdue')).text()).toBe('answered');
    await functions().idle();
    const printed = lines.map(({ text }) => text);
    expect(printed).toContain(
      'waitUntil: Error: Vercel ends this work here: the time limit of the function is over',
    );
  });

  test('the deadline is that of the function', async () => {
    const { deadline } = await (await call('/api/later')).json();
    expect(Date.parse(deadline) - Date.now()).toBeGreaterThan(290_000);
  });
});

describe('maxDuration', () => {
  test('a function that does not answer in time → 504', async () => {
    const response = await call('/api/slow');
    expect(response.status).toBe(504);
    expect(response.headers.get('x-vercel-error')).toBe('FUNCTION_INVOCATION_TIMEOUT');
  });

  test('a function that has started to answer is cut off', async () => {
    const response = await call('/api/slow?start');
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });
});

describe('the file system', () => {
  test('is writable for temporary files', async () => {
    const response = await call('/api/writing');
    expect([response.status, await response.text()]).toEqual([200, 'written']);
  });

  test('is read-only otherwise', async () => {
    expect((await call('/api/writing?home')).status).toBe(500);
    const printed = () => lines.map(({ text }) => text).join('\n');
    await eventually(() => expect(printed()).toContain('ERR_ACCESS_DENIED'));
  });
});

describe('a function that fails → 500', () => {
  test.each(['/api/crash', '/api/crash?nothing', '/api/crash?exit', '/api/broken'])('%s', async (path) => {
    const response = await call(path);
    expect(response.status).toBe(500);
    expect(response.headers.get('x-vercel-error')).toBe('FUNCTION_INVOCATION_FAILED');
    expect(await response.text()).not.toContain('thrown');
  });

  test('a function that fails after it has started to answer is cut off', async () => {
    await expect((await call('/api/crash?late')).text()).rejects.toThrow();
  });

  test('its error is printed with the name of its file', async () => {
    const printed = () => lines.filter(({ stream }) => stream === 'stderr').map(({ text }) => text);
    await eventually(() => expect(printed()).toContain('api/crash.ts Error: thrown'));
    await eventually(() => expect(printed()).toContain('api/broken.ts Error: cannot be loaded'));
  });

  test('the next request finds a working instance', async () => {
    expect((await call('/api/counter')).status).toBe(200);
  });
});
