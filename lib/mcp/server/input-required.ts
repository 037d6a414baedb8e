import { type InputRequest, type InputRequiredResult, inputRequired } from '@modelcontextprotocol/server';
import type { AskResult, Question } from '../define/question.ts';
import type { RequestContext } from './request-context.ts';
import { sealState } from './request-state.ts';

/** A handler's questions as the SDK's `input_required`, which it turns into pushed requests for legacy clients. */
export async function inputRequiredFor(
  { questions, state, once }: AskResult,
  context: RequestContext,
  { id, method }: { id: string | number; method: string },
): Promise<InputRequiredResult> {
  return inputRequired({
    inputRequests: inputRequestsFor(questions),
    requestState: await sealState(context, { method, params: context.paramsOf(id) }, { state, once }),
  });
}

/** Questions as requests to the client, by their names. Throws if a form's schema is not one that a form can have. */
export function inputRequestsFor(questions: Record<string, Question>): Record<string, InputRequest> {
  return Object.fromEntries(
    Object.entries(questions).map(([name, question]) => [name, inputRequest(question)] as const),
  );
}

/** Whether a handler returned questions instead of a result. */
export function isAskResult(answer: object): answer is AskResult {
  return 'kind' in answer && answer.kind === 'ask';
}

function inputRequest(question: Question): InputRequest {
  switch (question.kind) {
    case 'form':
      return inputRequired.elicit({ message: question.message, requestedSchema: question.schema });
    case 'url':
      return inputRequired.elicitUrl({ message: question.message, url: question.url });
    case 'sampling':
      return inputRequired.createMessage(question.params);
    case 'roots':
      return inputRequired.listRoots();
  }
}
