import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, type Redis } from '../../../lib/store/rest.ts';

type Received = { path: string | undefined; syncToken: unknown; body: unknown };

let answer: { status: number; body: string; syncToken?: string };
let received: Received[] = [];
const server = createServer(async (request, response) => {
  const { url: path, headers } = request;
  received.push({ path, syncToken: headers['upstash-sync-token'], body: JSON.parse(await text(request)) });
  if (answer.syncToken) response.setHeader('upstash-sync-token', answer.syncToken);
  response.writeHead(answer.status).end(answer.body);
});
let redis: Redis;
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  redis = connect(
    { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 'secret' },
    1_000,
  );
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const answers = (body: unknown, status = 200, syncToken?: string) => {
  received = [];
  answer = {
    status,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(syncToken && { syncToken }),
  };
};

test('sends a command, a pipeline and a transaction to their own paths', async () => {
  answers({ result: 'OK' });
  await redis.set('a', 'b', { ex: 10, nx: true });
  answers([{ result: 1 }, { result: null }]);
  await redis.pipeline().del('a').get('a').exec();
  expect(received).toMatchObject([
    {
      path: '/pipeline',
      body: [
        ['DEL', 'a'],
        ['GET', 'a'],
      ],
    },
  ]);
  await redis.multi().del('a').get('a').exec();
  expect(received).toMatchObject([{ path: '/pipeline' }, { path: '/multi-exec' }]);
});

test('names the state that the last answer was from, so that a replica is not read before it has that', async () => {
  answers({ result: 'OK' }, 200, 'state-1');
  await redis.set('a', 'b');
  answers({ result: 'b' });
  await redis.get('a');
  expect(received).toMatchObject([{ syncToken: 'state-1' }]);
});

test('tells what became of each command, or throws for the first that failed', async () => {
  answers([{ result: 1 }, { error: 'WRONGTYPE' }]);
  expect(await redis.pipeline().del('a').hlen('a').settle()).toEqual([{ result: 1 }, { error: 'WRONGTYPE' }]);
  await expect(redis.pipeline().del('a').hlen('a').exec()).rejects.toThrow('WRONGTYPE');
});

test.each<[string, unknown, number]>([
  ['no JSON', '<html>stored-secret</html>', 200],
  ['cut JSON', '{"result":"stored-secret', 200],
  ['neither a result nor an error', {}, 200],
  ['a list in place of a result', [{ result: 1 }], 200],
  ['a page with status 502', '<html>stored-secret</html>', 502],
  [
    'the command in its error',
    { error: "ERR unknown command 'GET', with args beginning with: 'stored-secret'" },
    400,
  ],
])('takes %s for a failure, and quotes nothing of it', async (_what, body, status) => {
  answers(body, status);
  const error = await redis.get('a').catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Error);
  expect(String(error)).not.toContain('stored-secret');
});

test.each<[string, unknown]>([
  ['fewer answers than commands', [{ result: 1 }]],
  ['more', [{ result: 1 }, { result: 1 }, { result: 1 }]],
  ['one answer for all', { result: 1 }],
  ['something else in place of an answer', [{ result: 1 }, null]],
])('takes %s for a failure of the whole pipeline', async (_what, body) => {
  answers(body);
  await expect(redis.pipeline().del('a').get('a').exec()).rejects.toThrow();
});
