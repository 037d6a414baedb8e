import { withoutQuery } from '../../printable.ts';
import { type Check, noAnswer, type Outcome, outcome, type Problem, problem } from '../check.ts';
import { describe } from '../describe.ts';
import type { Examination } from '../examination.ts';
import { gatekeeper } from '../gatekeeper.ts';
import { initializeParams, legacyCall, modernCall, type Reply } from '../mcp.ts';
import { isObject, member, textMember } from '../member.ts';
import { type Answer, mediaType } from '../probe.ts';

/** What the server answers to a request without a token. A server with sign-in must answer 401 in time. */
export const endpoint: Check = {
  id: 'endpoint',
  phase: 'Reach',
  title: 'The MCP endpoint answers',
  async run(examination) {
    if (examination.lost) return { skipped: examination.lost };
    const first = await legacyCall(examination, { method: 'initialize', params: initializeParams });
    // A server that only speaks the newer protocol refuses `initialize` with a JSON-RPC error of its own.
    const refused = !('failed' in first.answer) && first.answer.status === 400 && isJsonRpc(first.answer);
    const reply = refused ? await modernCall(examination, { method: 'server/discover' }) : first;
    const judged = judge(examination, reply);
    if (!examination.contact || !examination.options.bypassSecret) return judged;
    const bypassed = await whatStopsOthers(examination);
    return 'skipped' in judged || !bypassed
      ? judged
      : { ...judged, problems: [...(judged.problems ?? []), bypassed] };
  },
};

/** Whether Deployment Protection stops clients that do not send the doctor's bypass secret. */
async function whatStopsOthers(examination: Examination): Promise<Problem | undefined> {
  const options = { ...examination.options, bypassSecret: undefined };
  const call = { method: 'initialize', params: initializeParams };
  const { answer } = await legacyCall({ ...examination, options }, call);
  const stopped = 'failed' in answer ? undefined : gatekeeper(answer);
  return stopped?.id === 'deployment-protection'
    ? { id: 'protection-bypassed', detail: stopped.detail }
    : undefined;
}

function judge(examination: Examination, { answer, result }: Reply): Outcome {
  if ('failed' in answer) return outcome('', [noAnswer(answer, 'unreachable')]);
  const stopped = gatekeeper(answer);
  if (stopped) return problem(stopped.id, stopped.detail);

  const { status, headers, ms } = answer;
  const seen = describe(answer);
  const reached = (access: 'public' | 'bearer') => Object.assign(examination, { contact: answer, access });
  if (status === 401) {
    reached('bearer');
    return { detail: `401 in ${ms} ms: the server asks for a sign-in.` };
  }
  if (result !== undefined) {
    reached('public');
    return problem('no-sign-in', `The server answered a request without a token in ${ms} ms.`);
  }
  if (status >= 300 && status < 400) {
    const target = headers.get('location');
    return problem('redirected', `${status} to ${target ? withoutQuery(target) : 'nowhere'}.`);
  }
  if (status === 403) return problem('not-401', seen);
  if (status === 404 || status === 405 || status === 410) return problem('not-found', seen);
  if (status === 429) return problem('rate-limited', seen);
  const variables = missingVariables(answer);
  if (variables.length) return problem('misconfigured', `Missing or wrong: ${variables.join(', ')}.`);
  if (status >= 500) return problem('server-error', seen);
  return problem('not-mcp', seen);
}

function isJsonRpc(answer: Answer): boolean {
  return mediaType(answer) === 'application/json' && member(answer.json, 'jsonrpc') === '2.0';
}

/** While its environment is incomplete, this project answers with the names of the variables. */
function missingVariables({ status, json }: Answer): string[] {
  const listed = status === 503 ? member(json, 'problems') : undefined;
  if (!Array.isArray(listed)) return [];
  return listed.filter(isObject).flatMap((each) => textMember(each, 'variable') ?? []);
}
