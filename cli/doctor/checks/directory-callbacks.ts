import { authorizationRequest } from '../authorization-request.ts';
import { type Check, outcome, type Problem } from '../check.ts';
import { claude } from '../clients.ts';
import { visit } from '../visit.ts';
import { judgeVisit } from './authorize.ts';

/** Opens the authorize page with each of Claude's callback URLs, as the client that was registered with both. */
export const directoryCallbacks: Check = {
  id: 'directory-callbacks',
  phase: 'Directory',
  needs: 'sign-in',
  only: 'directory',
  title: 'Both of Claude’s callback URLs are accepted',
  async run(examination) {
    const { publicClient } = examination;
    if (!publicClient) return { skipped: 'no client was registered' };
    const problems: Problem[] = [];
    for (const redirectUri of [claude.redirectUri, claude.comRedirectUri]) {
      const request = authorizationRequest(examination, { ...publicClient, redirectUri });
      if (!request) return { skipped: 'there is no authorization endpoint' };
      const found = judgeVisit(examination, await visit(examination, request, {}), `With ${redirectUri}: `);
      if (found) problems.push({ id: 'claude-callback-refused', detail: found.detail });
    }
    return outcome(`${claude.redirectUri} and ${claude.comRedirectUri}.`, problems);
  },
};
