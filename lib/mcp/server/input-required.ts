import { type InputRequest, type InputRequiredResult, inputRequired } from '@modelcontextprotocol/server';
import type { Asking, Question } from '../define/question.ts';
import type { RequestContext } from './request-context.ts';
import { sealState } from './request-state.ts';

/** A handler's questions as the SDK's `input_required`, which it turns into pushed requests for legacy clients. */
export async function inputRequiredFor(
  { asks, state, once }: Asking,
  { config, principal, paramsOf }: RequestContext,
  { id, method }: { id: string | number; method: string },
): Promise<InputRequiredResult> {
  const inputRequests = Object.entries(asks).map(
    ([name, question]) => [name, inputRequest(question)] as const,
  );
  return inputRequired({
    inputRequests: Object.fromEntries(inputRequests),
    requestState: await sealState(config, principal, method, paramsOf(id), {
      state,
      ...(once !== undefined && { once }),
    }),
  });
}

/** Whether a handler's answer is questions. */
export function isAsking(answer: object): answer is Asking {
  return 'asks' in answer;
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
