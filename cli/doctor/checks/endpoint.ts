import { type Check, type Outcome, problem } from '../check.ts';
import { describe } from '../describe.ts';
import type { Examination } from '../examination.ts';
import { gatekeeper } from '../gatekeeper.ts';
import { initializeParams, legacyCall, modernCall, type Reply } from '../mcp.ts';
import { isObject, member, textMember } from '../member.ts';
import { withoutQuery } from '../printable.ts';
import { type Answer, mediaType } from '../probe.ts';

/** What a request without a token gets: for a server with sign-in a 401, within the client's time. */
export const endpoint: Check = {
  id: 'endpoint',
  phase: 'Reach',
  title: 'The MCP endpoint answers',
  async run(examination) {
    if (examination.lost) return { skipped: examination.lost };
    const first = await legacyCall(examination, { method: 'initialize', params: initializeParams });
    // A server of the newer protocol alone refuses `initialize` with a JSON-RPC error of its own.
    const refused = !('failed' in first.answer) && first.answer.status === 400 && isJsonRpc(first.answer);
    const reply = refused ? await modernCall(examination, { method: 'server/discover' }) : first;
    return judge(examination, reply);
  },
};

function judge(examination: Examination, { answer, result }: Reply): Outcome {
  if ('failed' in answer)
    return problem(answer.failed === 'timeout' ? 'timeout' : 'unreachable', describe(answer));
  const stopped = gatekeeper(answer);
  if (stopped) return problem(stopped.id, stopped.detail);

  const { status, headers, ms } = answer;
  const seen = describe(answer);
  const reached = (access: 'public' | 'bearer') => Object.assign(examination, { contact: answer, access });
  if (status === 401) {
    reached('bearer');
    return { detail: `401 in ${ms} ms: sign-in is needed.` };
  }
  if (result !== undefined) {
    reached('public');
    return problem('no-sign-in', `A request without a token got an answer in ${ms} ms.`);
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

/** This project's own answer while its environment is incomplete names the variables. */
function missingVariables({ status, json }: Answer): string[] {
  const listed = status === 503 ? member(json, 'problems') : undefined;
  if (!Array.isArray(listed)) return [];
  return listed.filter(isObject).flatMap((each) => textMember(each, 'variable') ?? []);
}
