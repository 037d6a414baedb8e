import { inputResponse, ProtocolError, ProtocolErrorCode, type Result } from '@modelcontextprotocol/server';
import type { Tool } from '../../define/tool.ts';
import { runHandler } from '../../server/handler-errors.ts';
import type { RequestContext } from '../../server/request-context.ts';
import { missingScopes } from '../../server/scope-challenge.ts';
import { failed } from './ending.ts';
import type { TaskMethod, TaskParams, TaskRequest } from './request.ts';
import { resume } from './resume.ts';
import { changeTask, type FoundTask, readTask } from './store.ts';
import { openQuestions, type Task, type TaskRef, taskView } from './task.ts';
import { leaseMs } from './work.ts';

/** For all answers to one round of questions. */
const maxAnswerCharacters = 100_000;

/** Serves `tasks/get`, `tasks/update` and `tasks/cancel`. */
export function serveTaskMethod(
  method: TaskMethod,
  { taskId }: TaskParams,
  request: TaskRequest,
): Promise<Result> {
  const ref = { principalHash: request.context.principalHash, taskId };
  return runHandler(method, request.context, () => {
    if (method === 'tasks/get') return get(ref, request);
    if (method === 'tasks/update') return update(ref, request);
    return cancel(ref, request);
  });
}

async function get(ref: TaskRef, { context }: TaskRequest): Promise<Result> {
  const { config } = context;
  let found = await findTask(ref, context);
  if (found.task.status === 'working' && !found.leased) {
    await changeTask(config, ref, found.task, () =>
      failed('The work on this stopped without a result. Start it again.'),
    );
    found = await findTask(ref, context);
  }
  const { task, outcome } = found;
  return {
    ...taskView(ref.taskId, task),
    ...(task.status === 'input_required' && { inputRequests: openQuestions(task) }),
    ...outcome,
  };
}

async function update(ref: TaskRef, request: TaskRequest): Promise<Result> {
  const { config } = request.context;
  // The SDK takes them out of the params, as for any request.
  const responses = request.sdkContext.mcpReq.inputResponses ?? {};
  const { task, args } = await findTask(ref, request.context, { args: true });
  const tool = toolOf(task, request.context);
  let answered: Task | undefined;
  const after = await changeTask(config, ref, task, (now) => {
    answered = undefined;
    const taken = takenFrom(now, responses);
    if (Object.keys(taken).length === 0) return undefined;
    const answers = { ...now.answers, ...taken };
    if (Object.keys(openQuestions({ ...now, answers })).length > 0)
      // Still waiting: the state is kept for the round that has not begun.
      return { answers };
    answered = { ...now, answers };
    return {
      status: 'working',
      message: '',
      questions: {},
      answers: {},
      state: undefined,
      silenceMs: undefined,
      leaseMs,
    };
  });
  if (!answered || !after) return {};
  if (tool && args) await resume({ ref, tool, args, answered, task: after }, request);
  else await changeTask(config, ref, after, () => failed('The tool of this task is no longer offered.'));
  return {};
}

/** What answers a request, by its method. */
const kinds = { 'elicitation/create': 'elicit', 'sampling/createMessage': 'sampling', 'roots/list': 'roots' };

/** The responses that answer open questions. Others are ignored, as the specification says. */
function takenFrom(task: Task, responses: Record<string, unknown>): Record<string, unknown> {
  const taken: Record<string, unknown> = {};
  for (const [key, { method }] of Object.entries(openQuestions(task))) {
    const response = Object.hasOwn(responses, key) ? responses[key] : undefined;
    if (response === undefined) continue;
    if (inputResponse(responses, key).kind !== kinds[method])
      throw new ProtocolError(
        ProtocolErrorCode.InvalidParams,
        `The response to ${key} does not fit its request`,
      );
    taken[key] = response;
  }
  if (JSON.stringify({ ...task.answers, ...taken }).length > maxAnswerCharacters)
    throw new ProtocolError(
      ProtocolErrorCode.InvalidParams,
      `The responses are longer than ${maxAnswerCharacters} characters`,
    );
  return taken;
}

async function cancel(ref: TaskRef, { context }: TaskRequest): Promise<Result> {
  const { task } = await findTask(ref, context);
  await changeTask(context.config, ref, task, () => ({
    status: 'cancelled',
    message: 'Cancelled by the client.',
    questions: {},
    answers: {},
    state: undefined,
  }));
  return {};
}

/**
 * The caller's task.
 *
 * @throws ProtocolError invalid params, if this user has none with that id in this client; invalid request, if the client
 * no longer has the scopes of the task's tool.
 */
async function findTask(
  ref: TaskRef,
  context: RequestContext,
  options: { args?: boolean } = {},
): Promise<FoundTask> {
  const found = await readTask(context.config, ref, options);
  if (!found)
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'Task not found. It may have expired.');
  const { scopes = [] } = toolOf(found.task, context) ?? {};
  if (missingScopes(context, scopes))
    throw new ProtocolError(ProtocolErrorCode.InvalidRequest, `This task needs ${scopes.join(' ')}`);
  return found;
}

function toolOf({ tool }: Task, { offer }: RequestContext): Tool | undefined {
  return offer.features.find((each): each is Tool => each.kind === 'tool' && each.name === tool);
}
