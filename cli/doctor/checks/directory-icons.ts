import { type Check, problem } from '../check.ts';
import { initializeParams, legacyCall, modernCall } from '../mcp.ts';
import { member } from '../member.ts';

/** How hosted Claude introduces itself. */
const hostedClaude = { 'user-agent': 'Claude-User' };

/** Introduces itself as Claude in both eras: icons in the answer have been seen to make claude.ai give up. */
export const directoryIcons: Check = {
  id: 'directory-icons',
  phase: 'Directory',
  needs: 'server',
  only: 'directory',
  title: 'Claude is sent no icons when it connects',
  async run(examination) {
    const token = examination.signedIn?.tokens.access;
    if (!token && examination.access !== 'public') return { skipped: 'not signed in' };
    const initialize = { method: 'initialize', params: initializeParams, token, headers: hostedClaude };
    const legacy = await legacyCall(examination, initialize);
    const modern = await modernCall(examination, { method: 'server/discover', token, headers: hostedClaude });
    const answers = [
      ['initialize', member(legacy.result, 'serverInfo')],
      ['server/discover', serverInfoIn(modern.result)],
    ] as const;
    const sent = answers.filter(([, info]) => member(info, 'icons') !== undefined).map(([method]) => method);
    if (sent.length) return problem('icons-sent-to-claude', `In the answer to ${sent.join(' and ')}.`);
    return { detail: 'Neither in the answer to initialize nor to server/discover.' };
  },
};

function serverInfoIn(result: unknown): unknown {
  return (
    member(result, 'serverInfo') ?? member(member(result, '_meta'), 'io.modelcontextprotocol/serverInfo')
  );
}
