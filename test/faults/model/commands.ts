import fc from 'fast-check';
import { expect } from 'vitest';
import { accepted, call, initialize, modern, request, textOf } from '../../support/mcp-request.ts';
import type { Tokens } from '../../support/oauth-client.ts';
import { answerOf } from '../../support/working-call.ts';
import { instanceCount, type Person, type Question, type Window, type World } from './world.ts';

/** What one user has, as the model knows it: everything else must be refused or not be there. */
export type Model = {
  user: Person;
  windows: Window[];
  /** Sessions that are open, by the principal that they belong to. */
  sessions: Map<string, string>;
  notes: Set<string>;
  questions: Question[];
};

/** What a step may use: its own user's model, and what the other user could have let slip. */
export type Real = { world: World; stranger: Model };

/** The choices of one step, each a number counted round and round. */
type Choices = { window: number; instance: number; pick: number; header: 'own' | 'none' };
/** `skipped` if there was nothing to do it with. */
type Step = (model: Model, real: Real, choices: Choices, window: Window) => Promise<'skipped' | undefined>;

const choose = <T>(list: readonly T[], number: number): T | undefined => list[number % list.length];
const isQuestion = ({ method }: { method?: string }) => method === 'elicitation/create';
const withHeader = ({ header }: Choices): Record<string, string> =>
  header === 'none' ? { 'mcp-session-id': '' } : {};

/** The outcome of a question's stream, once it is answered. */
async function outcomeOf({ world }: Real, { stream, window }: Question): Promise<string> {
  const text = JSON.stringify(answerOf(await stream.rest()) ?? {});
  world.expectNothingForeign(window, '', text);
  return text;
}

const steps: Record<string, Step> = {
  initialize: async (model, { world }, { instance }, window) => {
    const answer = await world.send(window, instance, initialize({ elicitation: {} }), {
      'mcp-session-id': '',
    });
    const session = answer.headers.get('mcp-session-id') ?? '';
    expect(session).toMatch(/^[\w-]{32}$/);
    expect([...model.sessions.keys()]).not.toContain(session);
    model.sessions.set(session, window.principal);
    world.keepSecret(window.principal, session);
    window.session = session;
  },
  'add a note': async (model, { world }, choices, window) => {
    if (model.notes.size > 50) return 'skipped';
    const body = call('add_note', { title: `secret of ${model.user.name}`, text: '' });
    const text = textOf(await world.send(window, choices.instance, body, withHeader(choices)));
    const id = /\(id (\w+)\)/.exec(text)?.[1] ?? '';
    expect(id).toMatch(/^\w{12}$/);
    world.keepSecret(model.user.name, id);
    model.notes.add(id);
  },
  'list notes': async (model, { world }, choices, window) => {
    const [body, headers] = modern('tools/call', { name: 'list_notes', arguments: {} });
    const listed =
      choices.pick % 2
        ? await world.send(window, choices.instance, body, { ...headers, ...withHeader(choices) })
        : await world.send(window, choices.instance, call('list_notes'), withHeader(choices));
    expect(listed.last, textOf(listed)).toMatchObject({ result: { content: [{ type: 'text' }] } });
    expect(listed.last.result?.isError, textOf(listed)).toBeFalsy();
    const ids = [...textOf(listed).matchAll(/\(id (\w+),/g)].map(([, id = '']) => id);
    expect(ids.sort()).toEqual([...model.notes].sort());
  },
  "read one's own note or another's": async (model, { world, stranger }, { instance, pick }, window) => {
    const id = choose([...model.notes, ...stranger.notes], pick);
    if (id === undefined) return 'skipped';
    const answer = await world.send(window, instance, request('resources/read', { uri: `note://${id}` }));
    expect(answer.last.result !== undefined).toBe(model.notes.has(id));
  },
  "call with another's session": async (model, { world, stranger }, { instance, pick }, window) => {
    const session = choose([...model.sessions, ...stranger.sessions], pick);
    if (!session) return 'skipped';
    const [id, owner] = session;
    const { status } = await world.send(window, instance, call('whoami'), { 'mcp-session-id': id });
    expect(status).toBe(owner === window.principal ? 200 : 404);
  },
  'delete a session': async (model, { world, stranger }, { instance, pick }, window) => {
    const session = choose([...model.sessions, ...stranger.sessions], pick);
    if (!session) return 'skipped';
    const [id, owner] = session;
    const status = await world.end(window, instance, id);
    expect(status === 404).toBe(owner !== window.principal);
    if (owner !== window.principal) return;
    model.sessions.delete(id);
    const after = await world.send(window, pick % instanceCount, call('whoami'), { 'mcp-session-id': id });
    expect(after.status).toBe(404);
    for (const each of model.windows)
      if (each.session === id)
        await steps.initialize?.(
          model,
          { world, stranger },
          { window: 0, instance, pick, header: 'own' },
          each,
        );
  },
  ask: async (model, { world }, { instance, pick }, window) => {
    const taken = new Set(model.questions.map(({ noteId }) => noteId));
    const noteId = choose(
      [...model.notes].filter((id) => !taken.has(id)),
      pick,
    );
    if (noteId === undefined || model.questions.length >= 6) return 'skipped';
    const body = call('delete_note', { id: noteId });
    const stream = await world.open(window, instance, body);
    const { id: eventId = '', message } = await stream.until(isQuestion);
    world.keepSecret(window.principal, String(message?.id));
    const { session } = window;
    model.questions.push({
      window,
      requestId: body.id,
      session,
      questionId: message?.id,
      eventId,
      noteId,
      stream,
    });
  },
  'answer a question': async (model, real, choices, window) => {
    const question = choose(model.questions, choices.pick);
    if (!question) return 'skipped';
    const remove = choices.pick % 3 === 0;
    const answer = accepted(question.questionId, { delete: remove });
    const { status } = await real.world.send(window, choices.instance, answer, withHeader(choices));
    expect(status).toBe(202);
    // The same user in another client is another principal: its answer must not count.
    if (window.principal !== question.window.principal) return;
    model.questions.splice(model.questions.indexOf(question), 1);
    expect(await outcomeOf(real, question)).toContain(remove ? 'Deleted' : 'kept the note');
    if (remove) model.notes.delete(question.noteId);
  },
  "answer another's question": async (_model, { world, stranger }, { instance, pick }, window) => {
    const question = choose(stranger.questions, pick);
    if (!question) return 'skipped';
    const answer = accepted(question.questionId, { delete: true });
    expect((await world.send(window, instance, answer)).status).toBe(202);
  },
  resume: async (model, { world }, { instance, pick }, window) => {
    const question = choose(model.questions, pick);
    if (question?.window.principal !== window.principal) return 'skipped';
    const first = question.eventId.replace(/\.\d+\./, '.0.');
    const stream = await world.resume(window, instance, first);
    const { message } = await stream.until(isQuestion);
    expect(message?.id).toBe(question.questionId);
    await stream.leave();
  },
  "resume another's stream": async (model, { world, stranger }, { instance, pick }, window) => {
    const theirs = [...stranger.questions, ...model.questions].filter(
      (each) => each.window.principal !== window.principal,
    );
    const question = choose(theirs, pick);
    if (!question) return 'skipped';
    const stream = await world.resume(window, instance, question.eventId);
    const events = [];
    // Whatever is stored comes at once. That the stream says "lost" takes three seconds, so it is awaited less often.
    const leaving = pick % 10 ? setTimeout(() => stream.leave(), 250) : undefined;
    for (let event = await stream.next(); event; event = await stream.next()) events.push(event);
    clearTimeout(leaving);
    if (!leaving) expect(answerOf(events)?.error?.message).toMatch(/lost/);
    world.expectNothingForeign(window, question.eventId, JSON.stringify(events));
  },
  cancel: async (model, real, { instance, pick }, window) => {
    const question = choose(model.questions, pick);
    if (!question) return 'skipped';
    const cancelled = {
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId: question.requestId },
    };
    const isOwn = window.principal === question.window.principal && model.sessions.has(question.session);
    const headers = { 'mcp-session-id': question.session };
    const { status } = await real.world.send(window, instance, cancelled, headers);
    expect(status).toBe(isOwn ? 202 : 404);
    if (!isOwn) return;
    model.questions.splice(model.questions.indexOf(question), 1);
    expect(await outcomeOf(real, question)).not.toContain('"result"');
  },
  "cancel another's call": async (_model, { world, stranger }, { instance, pick }, window) => {
    const question = choose(stranger.questions, pick);
    if (!question) return 'skipped';
    const params = { requestId: question.requestId };
    await world.send(window, instance, { jsonrpc: '2.0', method: 'notifications/cancelled', params });
  },
  refresh: async (_model, { world }, { instance }, window) => {
    const { clientId, tokens } = window;
    const response = await world.postAt(instance, '/oauth/token', {
      grant_type: 'refresh_token',
      client_id: clientId,
      refresh_token: tokens.refresh_token ?? '',
    });
    expect(response.status).toBe(200);
    window.tokens = (await response.json()) as Tokens;
  },
  "refresh with another's token": async (_model, { world, stranger }, { instance, pick }, window) => {
    const theirs = choose(
      stranger.windows.filter(({ clientId }) => clientId !== window.clientId),
      pick,
    );
    const response = await world.postAt(instance, '/oauth/token', {
      grant_type: 'refresh_token',
      client_id: window.clientId,
      refresh_token: theirs?.tokens.refresh_token ?? '',
    });
    expect([response.status, await response.json()]).toMatchObject([400, { error: 'invalid_grant' }]);
  },
  revoke: async (_model, { world }, { instance, pick }, window) => {
    // One in four: a new sign-in takes a while.
    if (pick % 4) return 'skipped';
    const { clientId, tokens } = window;
    const token = pick % 8 ? tokens.access_token : (tokens.refresh_token ?? '');
    const response = await world.postAt(instance, '/oauth/revoke', { client_id: clientId, token });
    expect(response.status).toBe(200);
    const statuses = [];
    for (let at = 0; at < instanceCount; at++)
      statuses.push((await world.send(window, at, call('whoami'))).status);
    // There at once, everywhere within a minute.
    expect(statuses[instance]).toBe(401);
    for (const status of statuses) expect([200, 401]).toContain(status);
    window.tokens = await world.signIn(window.user, clientId);
  },
};

export type Command = { name: string; choices: Choices };

/** How many commands ran, by name. */
export const counts = new Map<string, number>();

/** One step of one user, drawn at random. */
export const command: fc.Arbitrary<Command> = fc.record({
  name: fc.constantFrom(...Object.keys(steps)),
  choices: fc.record({
    window: fc.nat(7),
    instance: fc.nat(instanceCount - 1),
    pick: fc.nat(1_000),
    header: fc.constantFrom('own' as const, 'none' as const),
  }),
});

/** Runs a command and checks what its user sees against the model. */
export async function run({ name, choices }: Command, model: Model, real: Real): Promise<void> {
  const window = choose(model.windows, choices.window);
  if (!window) return;
  const outcome = await steps[name]?.(model, real, choices, window);
  if (outcome !== 'skipped') counts.set(name, (counts.get(name) ?? 0) + 1);
}

/**
 * Answers what is still open, which nobody else's answer has done, and ends sessions that no window uses any more: a
 * principal has room for 80.
 */
export async function finish(model: Model, real: Real): Promise<void> {
  for (const question of model.questions.splice(0)) {
    const answer = accepted(question.questionId, { delete: false });
    expect((await real.world.send(question.window, 0, answer, { 'mcp-session-id': '' })).status).toBe(202);
    expect(await outcomeOf(real, question)).toContain('kept the note');
  }
  for (const [id, owner] of model.sessions) {
    const window = model.windows.find(({ principal }) => principal === owner);
    if (!window || model.windows.some(({ session }) => session === id)) continue;
    expect(await real.world.end(window, 0, id)).not.toBe(404);
    model.sessions.delete(id);
  }
}
