import { type Check, noAnswer, type Outcome, outcome, type Problem, problem } from '../check.ts';
import { describe } from '../describe.ts';
import type { Examination } from '../examination.ts';
import { recognizeCause } from '../known-causes.ts';
import { bearer, initializeParams, legacyCall, notifyInitialized, type Reply } from '../mcp.ts';
import { textMember } from '../member.ts';
import { send } from '../send.ts';
import { whyTokenRefused } from '../token-refusal.ts';
import { harmlessTool, toolError, toolNames } from '../tools.ts';

/** Calls tools with the 2025-11-25 protocol as hosted Claude does: without sending the session header back. */
export const legacyProtocol: Check = {
  id: 'protocol-2025-11-25',
  phase: 'Sign-in',
  needs: 'server',
  title: 'Tools work with the 2025-11-25 protocol, without the session header',
  async run(examination) {
    const token = examination.signedIn?.tokens.access;
    if (!token && examination.access !== 'public') return { skipped: 'not signed in' };
    const begun = await legacyCall(examination, { method: 'initialize', params: initializeParams, token });
    if (begun.result === undefined) return refused(examination, begun, token);
    examination.tokenAccepted = true;
    const version = textMember(begun.result, 'protocolVersion') ?? 'no version';
    const session = 'failed' in begun.answer ? null : begun.answer.headers.get('mcp-session-id');
    await notifyInitialized(examination, token);
    const judged = await callTools(examination, token, session, version);
    if (session) await endSession(examination, token, session);
    return judged;
  },
};

function refused(examination: Examination, { answer }: Reply, token: string | undefined): Outcome {
  if ('failed' in answer) return outcome('', [noAnswer(answer, 'initialize-failed')]);
  if (answer.status === 401 && token) return outcome('', [whyTokenRefused(examination, token, answer)]);
  const known = answer.status >= 500 ? recognizeCause(answer.text) : undefined;
  return problem(known ?? 'initialize-failed', describe(answer));
}

async function callTools(
  examination: Examination,
  token: string | undefined,
  session: string | null,
  version: string,
): Promise<Outcome> {
  const problems: Problem[] = [];
  let headers = {};
  let listed = await legacyCall(examination, { method: 'tools/list', token });
  if (listed.result === undefined && session) {
    headers = { 'mcp-session-id': session };
    const withHeader = await legacyCall(examination, { method: 'tools/list', token, headers });
    if (withHeader.result !== undefined)
      problems.push({ id: 'session-header-required', detail: describe(listed.answer) });
    listed = withHeader;
  }
  const names = toolNames(listed.result);
  if (!names) return outcome('', [...problems, missingTools(listed)]);
  const name = harmlessTool(listed.result);
  if (!name) return outcome(`${version}: ${names.length} tools, none safe to call.`, problems);

  const params = { name, arguments: {} };
  const called = await legacyCall(examination, { method: 'tools/call', params, token, headers });
  const failed = called.result === undefined ? describe(called.answer) : toolError(called.result);
  if (failed) problems.push({ id: 'tool-failed', detail: `${name}: ${failed}` });
  return outcome(`${version}: ${names.length} tools; ${name} answered in ${called.answer.ms} ms.`, problems);
}

/** The problem behind a `tools/list` without a result. */
export function missingTools({ answer }: Reply): Problem {
  return 'failed' in answer
    ? noAnswer(answer, 'tools-missing')
    : { id: 'tools-missing', detail: describe(answer) };
}

async function endSession(
  examination: Examination,
  token: string | undefined,
  session: string,
): Promise<void> {
  const headers = { 'mcp-session-id': session, ...bearer(token) };
  await send(examination, examination.resource, { method: 'DELETE', headers });
}
