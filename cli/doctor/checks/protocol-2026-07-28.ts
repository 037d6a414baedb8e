import { type Check, outcome, problem } from '../check.ts';
import { describe } from '../describe.ts';
import { recogniseCause } from '../known-causes.ts';
import { modernCall, modernVersion } from '../mcp.ts';
import { harmlessTool, toolError, toolNames } from '../tools.ts';

/** Tool calls by the stateless 2026-07-28 protocol, which Claude tries first. */
export const modernProtocol: Check = {
  id: 'protocol-2026-07-28',
  phase: 'Sign-in',
  needs: 'server',
  title: 'Tools work by the 2026-07-28 protocol',
  async run(examination) {
    const token = examination.signedIn?.tokens.access;
    if (!token && examination.access !== 'public') return { skipped: 'nobody is signed in' };
    const discovered = await modernCall(examination, { method: 'server/discover', token });
    // A refused token is the finding of the check before this one.
    const { answer } = discovered;
    if (!('failed' in answer) && answer.status === 401) return { skipped: 'the token is not accepted' };
    if ('failed' in answer && answer.failed === 'timeout') return problem('timeout', describe(answer));
    // Neither says anything about the protocol.
    if (!('failed' in answer) && answer.status === 429) return problem('rate-limited', describe(answer));
    if (!('failed' in answer) && answer.status >= 500)
      return problem(recogniseCause(answer.text) ?? 'server-error', describe(answer));
    if (discovered.result === undefined) return problem('modern-unsupported', describe(answer));

    const listed = await modernCall(examination, { method: 'tools/list', token });
    const names = toolNames(listed.result);
    if (!names) return problem('tools-missing', describe(listed.answer));
    const name = harmlessTool(listed.result);
    if (!name) return { detail: `${modernVersion}: ${names.length} tools, none safe to try.` };
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
