import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { principalHash } from '../../lib/access-token/principal.ts';
import { taskKey } from '../../lib/store/keys.ts';
import { accessToken, grantIn, newApplication, other } from '../support/access-token.ts';
import { configOf } from '../support/config.ts';
import { eventually } from '../support/eventually.ts';
import { call, modern, poster, rawClient, textOf } from '../support/mcp-request.ts';
import { useStack } from '../support/stack.ts';
import { isOver, type TaskClient, taskClient, tasksCapability, textIn } from '../support/task-client.ts';

const root = fileURLToPath(new URL('../mcp-server', import.meta.url));
const stack = useStack({ root, instances: 3, store: 'redis' });

let clientId: string;
let token: string;
let client: TaskClient;
beforeAll(async () => {
  clientId = await newApplication(stack());
  token = await accessToken(stack(), { clientId });
  client = taskClient(stack(), token);
});

const slow = { seconds: 2, label: 'x' };

describe('a call that takes long', () => {
  it('becomes a task that every instance knows at once', async () => {
    const created = await client.call('slow_compute', { seconds: 60, label: 'known' });
    expect(created).toMatchObject({ resultType: 'task', status: 'working' });
    expect(await client.get(created.taskId, 1)).toMatchObject({ status: 'working' });
    await client.cancel(created.taskId, 2);
  });

  it('ends with what it would have been answered with', async () => {
    const { taskId } = await client.call('slow_compute', slow);
    const done = await client.until(taskId, isOver);
    expect(done).toMatchObject({ status: 'completed', result: { resultType: 'complete' } });
    expect(textIn(done)).toBe('Computed x.');
  });

  it('is answered directly if it is done in time', async () => {
    const answer = await client.call('slow_compute', { seconds: 0, label: 'quick' });
    expect(answer).toMatchObject({ resultType: 'complete' });
    expect(textIn(answer)).toBe('Computed quick.');
  });

  it('shows its progress', async () => {
    const { taskId } = await client.call('count', { to: 30, ms: 100 });
    const seen = await client.until(taskId, ({ statusMessage = '' }) => /^\d+\/30 step/.test(statusMessage));
    expect(seen.status).toBe('working');
    expect(textIn(await client.until(taskId, isOver))).toBe('Counted to 30.');
  });

  it('ends as an error result if its structured content does not fit the tool', async () => {
    const { taskId } = await client.call('misfit');
    const done = await client.until(taskId, isOver);
    expect(done).toMatchObject({ status: 'completed', result: { isError: true } });
    expect(textIn(done)).toMatch(/failed unexpectedly/);
  });

  it('is an ordinary call with progress in clients without tasks, in either era', async () => {
    const plain = taskClient(stack(), token, {});
    expect(textIn(await plain.call('slow_compute', slow))).toBe('Computed x.');
    const legacy = rawClient(stack(), token);
    await legacy.initialize({ extensions: tasksCapability });
    const progressToken = 'p';
    const body = call('count', { to: 8, ms: 100 });
    Object.assign(body.params, { _meta: { progressToken } });
    const answer = await legacy.send(body);
    expect(textOf(answer)).toBe('Counted to 8.');
    expect(answer.messages.filter(({ method }) => method === 'notifications/progress')).toHaveLength(8);
  });

  it('that works only as a task is refused in clients without tasks, in either era', async () => {
    const plain = taskClient(stack(), token, {});
    expect((await plain.call('failing_job')).error?.code).toBe(-32021);
    const legacy = rawClient(stack(), token);
    await legacy.initialize();
    expect((await legacy.send(call('failing_job'))).last.result).toMatchObject({ isError: true });
  });
});

describe('a task', () => {
  it('does not exist for another user, for another client of the user, or without the extension', async () => {
    const { taskId } = await client.call('slow_compute', { seconds: 20, label: 'mine' });
    const strangers = [
      await accessToken(stack(), { clientId, user: other }),
      await accessToken(stack(), { clientId: await newApplication(stack()) }),
    ].map((each) => taskClient(stack(), each));
    for (const stranger of strangers)
      for (const answer of [
        await stranger.get(taskId),
        await stranger.update(taskId, {}),
        await stranger.cancel(taskId),
      ])
        expect(answer.error).toMatchObject({ code: -32602, message: expect.stringContaining('not found') });
    const undeclared = taskClient(stack(), token, {});
    expect((await undeclared.get(taskId)).error?.code).toBe(-32021);
    expect(await client.get(taskId)).toMatchObject({ status: 'working' });
    await client.cancel(taskId);
  });

  it('is told only to a client that still has the scopes of its tool', async () => {
    const { taskId } = await client.call('read_slowly');
    const narrow = await accessToken(stack(), { clientId, scope: 'openid' });
    const [body, headers] = modern('tasks/get', { taskId }, { extensions: tasksCapability });
    const answer = await poster(stack(), narrow)(body, { ...headers, 'mcp-name': String(taskId) });
    expect(answer.status).toBe(403);
    expect(answer.text).not.toContain('completed');
  });

  it('asks, and goes on at the instance to which the answers come', async () => {
    const { taskId } = await client.call('multi_input', {}, 0);
    const asking = await client.until(taskId, ({ status }) => status === 'input_required');
    expect(Object.keys(asking.inputRequests ?? {})).toEqual(['1.name', '1.confirm']);
    const accept = (content: object) => ({ action: 'accept', content });
    expect(await client.update(taskId, { '1.name': { roots: [] } }, 1)).toMatchObject({
      error: { code: -32602 },
    });
    await client.update(taskId, { '1.name': accept({ name: 'Ada' }), '9.name': accept({ name: 'Eve' }) }, 1);
    expect(Object.keys((await client.get(taskId, 2)).inputRequests ?? {})).toEqual(['1.confirm']);
    await client.update(
      taskId,
      { '1.confirm': accept({ confirm: true }), '1.name': accept({ name: 'Eve' }) },
      2,
    );
    expect(textIn(await client.until(taskId, isOver))).toBe('Thanks, Ada.');
  });

  it('continues once, however often and wherever its last answer arrives', async () => {
    const { taskId } = await client.call('ask_then_count');
    await client.until(taskId, ({ status }) => status === 'input_required');
    const yes = { '1.confirm': { action: 'accept', content: { confirm: true } } };
    await Promise.all([0, 1, 2, 0, 1, 2].map((instance) => client.update(taskId, yes, instance)));
    expect(textIn(await client.until(taskId, isOver))).toBe('Run 1, state kept.');
  });

  it('fails if it asks for what the client cannot do', async () => {
    const { taskId } = await client.call('protocol_error_job');
    expect(await client.until(taskId, isOver)).toMatchObject({ status: 'failed', error: { code: -32021 } });
  });

  it('is cancelled from another instance: its handler stops, and nothing revives it', async () => {
    const { taskId } = await client.call('slow_compute', { seconds: 60, label: 'cancelled' }, 0);
    expect(await client.cancel(taskId, 1)).toMatchObject({ resultType: 'complete' });
    expect(await client.get(taskId, 2)).toMatchObject({ status: 'cancelled' });
    await eventually(() =>
      expect(stack().lines.some((line) => JSON.stringify(line).includes('computing stopped'))).toBe(true),
    );
    await stack().functions.idle();
    expect(await client.get(taskId)).toMatchObject({ status: 'cancelled' });
  });

  it('handed over is ended by other code with the same secrets, and fails if that says nothing', async () => {
    const { taskId } = await client.call('hand_over', { silenceSeconds: 60 }, 0);
    expect(await client.until(taskId, ({ statusMessage }) => statusMessage === 'Queued.')).toMatchObject({
      status: 'working',
    });
    await stack().functions.idle();
    const handle = /handed over ([\w.-]+)/.exec(
      stack()
        .lines.map((line) => JSON.stringify(line))
        .join('\n'),
    )?.[1];
    const work = (step: string) => taskClient(stack(), token, {}).call('work_on', { handle, step }, 1);
    expect(textIn(await work('progress'))).toBe('true');
    expect(await client.get(taskId, 2)).toMatchObject({ status: 'working', statusMessage: '1/2 Half done' });
    expect(textIn(await work('complete'))).toBe('true');
    expect(textIn(await client.get(taskId, 2))).toBe('Report written.');
    expect(textIn(await work('progress'))).toBe('false');

    const silent = await client.call('hand_over', { silenceSeconds: 1 }, 0);
    const failed = await client.until(silent.taskId, isOver);
    expect(failed).toMatchObject({ status: 'failed', error: { code: -32603 } });
  });
});

it('no more than fifty tasks are kept of a user in a client: further calls are ordinary ones', async () => {
  const full = taskClient(stack(), await accessToken(stack()));
  const answers = await Promise.all(
    Array.from({ length: 52 }, (_, index) =>
      full.call('slow_compute', { seconds: 1, label: 'n' }, index % 3),
    ),
  );
  const kinds = answers.map(({ resultType }) => resultType);
  expect(kinds.filter((kind) => kind === 'task')).toHaveLength(50);
  expect(kinds.filter((kind) => kind === 'complete')).toHaveLength(2);
});

describe('what stands in the store', () => {
  const execute = async (command: string[]): Promise<unknown> => {
    const { UPSTASH_REDIS_REST_URL: url = '', UPSTASH_REDIS_REST_TOKEN: secret } = stack().env;
    const headers = { authorization: `Bearer ${secret}` };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(command) });
    return ((await response.json()) as { result: unknown }).result;
  };

  it('names no user and shows neither arguments nor results, and ends', async () => {
    const canary = 'canary-7f3a';
    const { taskId } = await client.call('slow_compute', { seconds: 1, label: canary });
    await client.until(taskId, isOver);
    const keys = (await execute(['KEYS', `*${taskId}*`])) as string[];
    const config = configOf(stack().env);
    const { subject } = grantIn(stack(), token);
    const owner = principalHash(config, { issuer: config.oauth.issuer, subject, clientId });
    const key = taskKey(owner, String(taskId));
    expect(keys).toEqual([key]);
    expect(JSON.stringify(await execute(['HGETALL', key]))).not.toContain(canary);
    const ttlMs = Number(await execute(['PTTL', key]));
    expect(ttlMs).toBeGreaterThan(3_500_000);
    expect(ttlMs).toBeLessThanOrEqual(3_600_000);
  });

  it('counts only in its own place', async () => {
    const [first, second] = [
      await client.call('slow_compute', { seconds: 1, label: 'first' }),
      await client.call('slow_compute', { seconds: 1, label: 'second' }),
    ];
    for (const { taskId } of [first, second]) await client.until(taskId, isOver);
    const [from] = (await execute(['KEYS', `task:*${first.taskId}`])) as string[];
    const [to] = (await execute(['KEYS', `task:*${second.taskId}`])) as string[];
    const outcome = String(await execute(['HGET', from ?? '', 'outcome']));
    await execute(['HSET', to ?? '', 'outcome', outcome]);
    expect(textIn(await client.get(second.taskId))).toBe('');
    await execute(['HSET', to ?? '', 'state', String(await execute(['HGET', from ?? '', 'state']))]);
    expect((await client.get(second.taskId)).error?.code).toBe(-32602);
  });
});
