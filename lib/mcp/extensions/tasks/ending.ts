import {
  type CallToolResult,
  type ClientCapabilities,
  ProtocolErrorCode,
} from '@modelcontextprotocol/server';
import { errorFields, log } from '../../../log.ts';
import type { AskResult, Question } from '../../define/question.ts';
import { failure, type Tool } from '../../define/tool.ts';
import { canShowForms } from '../../server/call-context.ts';
import { inputRequestsFor } from '../../server/input-required.ts';
import type { Task, TaskChange } from './task.ts';

/** Completes a task. As with any call, `structuredContent` must fit the tool's output schema. */
export function completed(tool: Tool, result: CallToolResult, requestId: string): TaskChange {
  const fits =
    !tool.output || result.isError || tool.output.safeParse(result.structuredContent).success === true;
  if (!fits) log('error', 'tool failed', { tool: tool.name, reason: 'structuredContent does not fit' });
  const checked = fits ? result : failure(`The tool failed unexpectedly. Request id: ${requestId}`);
  return { status: 'completed', message: '', outcome: { result: { ...checked, resultType: 'complete' } } };
}

/** Fails a task. For errors of the protocol and of this server: what a tool reports is a result. */
export function failed(message: string, code: number = ProtocolErrorCode.InternalError): TaskChange {
  return { status: 'failed', message, outcome: { error: { code, message } } };
}

/** Makes a task wait for answers. A key is never used again: the round is part of it. */
export function asking(
  { questions, state }: AskResult,
  { rounds, tool }: Task,
  capabilities: ClientCapabilities | undefined,
): TaskChange {
  const missing = Object.values(questions)
    .map((question) => missingCapability(question, capabilities))
    .find((each) => each !== undefined);
  if (missing) {
    const message = `The tool must ask something for which the client has no capability: ${Object.keys(missing)}`;
    const data = { requiredCapabilities: missing };
    const code = ProtocolErrorCode.MissingRequiredClientCapability;
    return { status: 'failed', message, outcome: { error: { code, message, data } } };
  }
  try {
    const requests = Object.entries(inputRequestsFor(questions)).map(
      ([name, request]) => [keyOf(rounds + 1, name), request] as const,
    );
    return {
      status: 'input_required',
      message: 'Waiting for an answer.',
      rounds: rounds + 1,
      questions: Object.fromEntries(requests),
      answers: {},
      state,
    };
  } catch (error) {
    log('error', 'tool asked what cannot be asked', { tool, ...errorFields(error) });
    return failed('The tool asked something that cannot be asked.');
  }
}

/** A question's key in a round. */
export const keyOf = (round: number, name: string) => `${round}.${name}`;

/** What the client would have to declare for a question. Undefined if it has. */
function missingCapability(
  { kind }: Question,
  capabilities: ClientCapabilities | undefined,
): ClientCapabilities | undefined {
  switch (kind) {
    case 'form':
      return canShowForms(capabilities) ? undefined : { elicitation: { form: {} } };
    case 'url':
      return capabilities?.elicitation?.url ? undefined : { elicitation: { url: {} } };
    case 'sampling':
      return capabilities?.sampling ? undefined : { sampling: {} };
    case 'roots':
      return capabilities?.roots ? undefined : { roots: {} };
  }
}
