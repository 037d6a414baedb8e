import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startFunctions } from '../../../dev/vercel/functions.ts';
import { fixtureRoot, useFixture } from './fixture.ts';

const functions = useFixture({ instances: 3 });

async function count(instance?: number | string) {
  const headers: HeadersInit = instance === undefined ? {} : { 'x-local-instance': String(instance) };
  const response = await fetch(`${functions().origin}/api/counter`, { headers });
  const answeredBy = response.headers.get('x-local-instance');
  return { status: response.status, answeredBy, ...(response.ok ? await response.json() : {}) };
}

test('requests go to the instances in turn, and each has its own module state', async () => {
  const answers = [];
  for (let n = 0; n < 6; n += 1) answers.push(await count());
  expect(answers.map(({ answeredBy }) => answeredBy)).toEqual(['0', '1', '2', '0', '1', '2']);
  expect(answers.map((answer) => answer.count)).toEqual([1, 1, 1, 2, 2, 2]);
  expect(new Set(answers.map(({ pid }) => pid)).size).toBe(3);
});

test('a request can choose its instance', async () => {
  const answers = [await count(1), await count(1)];
  expect(answers.map(({ answeredBy }) => answeredBy)).toEqual(['1', '1']);
});

test.each(['3', '-1', 'x', ''])('instance %j is refused', async (instance) => {
  expect((await count(instance)).status).toBe(400);
});

test('a killed instance is replaced for the next request, and the others keep running', async () => {
  const [before, other] = [await count(2), await count(0)];
  await functions().kill(2);
  expect(await count(2)).toMatchObject({ status: 200, count: 1, answeredBy: '2' });
  expect((await count(2)).pid).not.toBe(before.pid);
  expect((await count(0)).pid).toBe(other.pid);
});

test('a request in progress in a killed instance → 500', async () => {
  const running = fetch(`${functions().origin}/api/uncancelled`, { headers: { 'x-local-instance': '1' } });
  await new Promise((resolve) => setTimeout(resolve, 100));
  await functions().kill(1);
  expect((await running).status).toBe(500);
});

test('a port in use is an error', async () => {
  const port = Number(new URL(functions().origin).port);
  const second = startFunctions({ root: fixtureRoot, port, env: process.env });
  await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('reload serves the current files', async () => {
  const root = await mkdtemp(join(tmpdir(), 'functions-'));
  await cp(fixtureRoot, root, { recursive: true });
  const copy = await startFunctions({ root, port: 0, env: process.env });
  try {
    const text = async (path: string) => (await fetch(copy.origin + path)).text();
    expect(await text('/api/nested')).toBe('nested');
    await writeFile(join(root, 'api/nested/index.ts'), 'export default { fetch: () => new Response("new") }');
    await writeFile(join(root, 'api/added.ts'), 'export default { fetch: () => new Response("added") }');
    await copy.reload();
    expect([await text('/api/nested'), await text('/api/added')]).toEqual(['new', 'added']);
  } finally {
    await copy.close();
    await rm(root, { recursive: true });
  }
});
