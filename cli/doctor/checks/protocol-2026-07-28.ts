import { type Check, noAnswer, outcome, problem } from '../check.ts';
import { describe } from '../describe.ts';
import { recognizeCause } from '../known-causes.ts';
import { modernCall, modernVersion } from '../mcp.ts';
import { harmlessTool, toolError, toolNames } from '../tools.ts';
import { missingTools } from './protocol-2025-11-25.ts';

/** Calls tools with the stateless 2026-07-28 protocol, which Claude tries first. */
export const modernProtocol: Check = {
  id: 'protocol-2026-07-28',
  phase: 'Sign-in',
  needs: 'server',
  title: 'Tools work with the 2026-07-28 protocol',
  async run(examination) {
    const token = examination.signedIn?.tokens.access;
    if (!token && examination.access !== 'public') return { skipped: 'not signed in' };
    const { answer, result } = await modernCall(examination, { method: 'server/discover', token });
    if ('failed' in answer) return outcome('', [noAnswer(answer, 'modern-unsupported')]);
    // The previous check reports a refused token.
    if (answer.status === 401) return { skipped: 'the server does not accept the token' };
    // Neither 429 nor 500 says anything about the protocol.
    if (answer.status === 429) return problem('rate-limited', describe(answer));
    if (answer.status >= 500) return problem(recognizeCause(answer.text) ?? 'server-error', describe(answer));
    if (result === undefined) return problem('modern-unsupported', describe(answer));

    const listed = await modernCall(examination, { method: 'tools/list', token });
    const names = toolNames(listed.result);
    if (!names) return outcome('', [missingTools(listed)]);
    const name = harmlessTool(listed.result);
    if (!name) return { detail: `${modernVersion}: ${names.length} tools, none safe to call.` };
    const called = await modernCall(examination, {
      method: 'tools/call',
      params: { name, arguments: {} },
      token,
    });
    const failed = called.result === undefined ? describe(called.answer) : toolError(called.result);
    return outcome(
      `${modernVersion}: ${names.length} tools; ${name} answered in ${called.answer.ms} ms.`,
      failed ? [{ id: 'tool-failed', detail: `${name}: ${failed}` }] : [],
    );
  },
};
