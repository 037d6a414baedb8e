import { randomInt, randomUUID } from 'node:crypto';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { startDocumentSite } from '../../support/document-site.ts';
import { effort } from '../../support/effort.ts';
import { useStack } from '../../support/stack.ts';
import { type Draft, encode, toRequest } from './draft.ts';
import { collectGoodRequests } from './good-requests.ts';
import { apply, type Mutation, mutation } from './mutations.ts';
import { type Answered, expectDocumented } from './verdict.ts';

/** `FUZZ_SECONDS=600` runs that long in all; `SEED` repeats the choices of an earlier run. */
const seconds = Number(process.env.FUZZ_SECONDS ?? effort(4, 20));
const seed = Number(process.env.SEED ?? randomInt(2 ** 31));

/** How long an answer is read: a stream may have no end. */
const readForMs = 150;

/** Each counts on its own, so that rate limits do not answer in place of what is behind them. */
const addresses = 250;

const api = fileURLToPath(new URL('../../../api', import.meta.url));

type Endpoint = { fetch(request: Request): Promise<Response> };

const stack = useStack({ accounts: true });
const endpoints = new Map<string, Endpoint>();
const printed: string[] = [];
let goodRequests: () => Draft[];

beforeAll(async () => {
  goodRequests = await collectGoodRequests(stack());
  // In this process, so that it is fast, its memory can be measured, and a rejection that nobody handles fails the run.
  Object.assign(process.env, stack().env, { LOG_LEVEL: 'error', ALLOWED_LOCAL_DOCUMENTS: 'true' });
  for (const file of globSync('**/*.ts', { cwd: api }))
    endpoints.set(file.slice(0, -'.ts'.length), (await import(join(api, file))).default);
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    printed.push(String(chunk));
    return true;
  });
});

async function send(draft: Draft, address: string): Promise<Answered | undefined> {
  const client = new AbortController();
  let request: Request;
  try {
    request = toRequest(draft, stack().serverUrl, address, client.signal);
  } catch (error) {
    // No HTTP client can send this, so no server receives it.
    if (error instanceof TypeError) return undefined;
    throw error;
  }
  const started = performance.now();
  const response = await endpoints.get(draft.endpoint)?.fetch(request);
  if (!response) throw new Error(`no endpoint ${draft.endpoint}`);
  const ms = performance.now() - started;
  const text = await readSome(response);
  client.abort();
  return { status: response.status, headers: response.headers, text, ms };
}

async function readSome(response: Response): Promise<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) return '';
  let text = '';
  const timeout = setTimeout(() => void reader.cancel().catch(() => {}), readForMs);
  for (;;) {
    const { done, value = '' } = await reader.read();
    text += value;
    if (done) break;
  }
  clearTimeout(timeout);
  return text;
}

const attempt = fc.record({
  which: fc.nat(1_000),
  mutations: fc.array(mutation, { maxLength: 4 }),
  address: fc.nat(addresses - 1),
});
type Attempt = { which: number; mutations: Mutation[]; address: number };

/** Random requests that are sent together: a failure is narrowed down to the ones that it takes. */
const batch = fc.array(attempt, { minLength: 1, maxLength: 12 });

const options = (forSeconds: number, at: number): fc.Parameters<unknown> => ({
  seed: (seed + at) | 0,
  numRuns: Number.MAX_SAFE_INTEGER,
  interruptAfterTimeLimit: forSeconds * 1000,
  markInterruptAsFailure: false,
});

async function expectDocumentedAnswer(draft: Draft, address: string): Promise<number | undefined> {
  const answer = await send(draft, address);
  if (!answer) return undefined;
  try {
    expectDocumented(draft.endpoint, answer, stack().serverUrl, stack().tenant.origin);
  } catch (cause) {
    const { status, text } = answer;
    throw new Error(`${JSON.stringify(draft)} → ${status} ${text.slice(0, 500)}`, { cause });
  }
  return answer.status;
}

/** Sends random requests for a time. Returns how many answers there were of each status. */
async function fuzz(forSeconds: number, at: number): Promise<Map<number, number>> {
  const statuses = new Map<number, number>();
  const sendOne = async ({ which, mutations, address }: Attempt) => {
    const good = goodRequests();
    const draft = structuredClone(good[which % good.length]);
    if (!draft) return;
    for (const each of mutations) apply(draft, each);
    const status = await expectDocumentedAnswer(draft, `10.0.0.${address}`);
    if (status !== undefined) statuses.set(status, (statuses.get(status) ?? 0) + 1);
  };
  const property = fc.asyncProperty(batch, async (attempts) => {
    await Promise.all(attempts.map(sendOne));
  });
  await fc.assert(property, options(forSeconds, at));
  return statuses;
}

function heapMegabytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

describe('hostile input', () => {
  test(
    'gets only documented answers from every endpoint, and leaves no memory or timer behind',
    async () => {
      await fuzz(seconds * 0.3, 0);
      const [before, timersBefore] = [heapMegabytes(), timers()];
      const statuses = await fuzz(seconds * 0.5, 1);
      const requests = [...statuses.values()].reduce((sum, count) => sum + count, 0);
      if (process.env.REPORT)
        process.stderr.write(
          `${requests} requests in ${seconds * 0.5} s, heap ${before.toFixed(0)} → ${heapMegabytes().toFixed(0)} MB, ` +
            `${JSON.stringify(Object.fromEntries(statuses))}, seed ${seed}\n`,
        );
      // The good requests among them show that the others met more than the first check.
      for (const status of [200, 303, 400, 401]) expect(statuses.get(status)).toBeGreaterThan(0);
      expect(heapMegabytes() - before).toBeLessThan(20);
      expect(timers() - timersBefore).toBeLessThan(50);
      expect(printed.filter((line) => /unexpected error|waitUntil:/.test(line))).toEqual([]);
    },
    seconds * 2_000 + 60_000,
  );

  test(
    'in a client’s metadata document is refused on a page',
    async () => {
      const site = await startDocumentSite();
      onTestFinished(() => site.close());
      const document: Draft = {
        ...{ endpoint: 'document', method: 'GET', path: '/app.json', query: [], headers: [] },
        body: {
          kind: 'json',
          value: {
            client_id: '',
            client_name: 'Document client',
            redirect_uris: ['https://client.example.com/callback'],
            token_endpoint_auth_method: 'private_key_jwt',
            grant_types: ['authorization_code', 'refresh_token'],
            jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', kid: 'a' }] },
            logo_uri: 'https://client.example.com/logo.png',
          },
        },
      };
      const property = fc.asyncProperty(
        fc.array(mutation, { maxLength: 3 }),
        fc.nat(199),
        async (mutations, at) => {
          const path = `/${randomUUID()}.json`;
          const url = `https://localhost:${site.port}${path}`;
          const served = structuredClone(document);
          if (served.body.kind === 'json') Object.assign(served.body.value as object, { client_id: url });
          for (const each of mutations) apply(served, each);
          const { bytes } = encode(served.body);
          site.pages.set(path, {
            headers: { 'content-type': 'application/json' },
            body:
              typeof bytes === 'string'
                ? bytes
                : Buffer.from((bytes as Uint8Array | null) ?? []).toString('latin1'),
          });
          const [authorize] = goodRequests();
          if (!authorize) throw new Error('no request');
          const query: [string, string][] = authorize.query.map(([name, value]) => [
            name,
            name === 'client_id' ? url : value,
          ]);
          await expectDocumentedAnswer({ ...authorize, query }, `10.0.1.${at}`);
          site.pages.delete(path);
        },
      );
      await fc.assert(property, options(seconds * 0.2, 2));
      expect(printed.filter((line) => /unexpected error|waitUntil:/.test(line))).toEqual([]);
    },
    seconds * 1_000 + 30_000,
  );
});

const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
