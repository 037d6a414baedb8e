import { authorizationError } from '../authorization-error.ts';
import { authorizationRequest } from '../authorization-request.ts';
import { type Check, noAnswer, outcome, type Problem } from '../check.ts';
import { claude } from '../clients.ts';
import { describe } from '../describe.ts';
import { type Examination, type ExaminedClient, keepSecret } from '../examination.ts';
import { gatekeeper } from '../gatekeeper.ts';
import { recognizeCause } from '../known-causes.ts';
import { type Visit, visit } from '../visit.ts';

/**
 * Opens the authorize page with each identity that Claude may use. With its own client, the doctor also presses the
 * consent page's button, because Auth0 only refuses after that. This does not sign anyone in.
 */
export const authorize: Check = {
  id: 'authorize',
  phase: 'Authorization',
  needs: 'sign-in',
  title: 'The sign-in page opens',
  async run(examination) {
    const identities = clientsToTry(examination);
    if (!identities.length) return { skipped: 'there is no client to use' };
    const problems: Problem[] = [];
    let seen = '';
    for (const client of identities) {
      const request = authorizationRequest(examination, client);
      if (!request) return { skipped: 'there is no authorization endpoint' };
      const isOwn = client === examination.publicClient;
      const ended = await visit(examination, request, isOwn ? { decision: 'approve' } : {});
      const found = judgeVisit(examination, ended, isOwn ? '' : `As ${client.id}: `);
      if (found) problems.push(found);
      if (ended.end === 'callback') seen = 'The server returned a code without showing a page or a sign-in.';
      if (ended.end === 'page') seen = `A page of ${new URL(ended.answer.url).host}.`;
    }
    return outcome(seen, problems);
  },
};

/** Claude's client document, if the server accepts it, and the client that the doctor registered. */
export function clientsToTry({ server, publicClient }: Examination): ExaminedClient[] {
  const document: ExaminedClient = {
    id: claude.document,
    secret: undefined,
    authMethod: 'none',
    redirectUri: claude.redirectUri,
    management: undefined,
  };
  const acceptsDocument = server?.acceptsClientDocuments && server.authMethods.includes('none');
  return [...(acceptsDocument ? [document] : []), ...(publicClient ? [publicClient] : [])];
}

/** The problem of a visit to the authorize page. Undefined if there is none. */
export function judgeVisit(examination: Examination, ended: Visit, prefix: string): Problem | undefined {
  const known = (words: string) => recognizeCause([words, ...ended.overheard].join('\n'));
  const refused = (words: string): Problem => {
    const detail = [words, ...ended.overheard.filter((each) => each !== words)].join(' – before that: ');
    return { id: known(words) ?? 'authorize-refused', detail: prefix + detail };
  };
  switch (ended.end) {
    case 'nowhere': {
      if (!ended.answer) return refused(`${ended.reason}.`);
      const { id, detail } = noAnswer(ended.answer, 'authorize-refused');
      return id === 'authorize-refused' ? refused(detail) : { id, detail: prefix + detail };
    }
    case 'page': {
      const stopped = gatekeeper(ended.answer);
      if (stopped) return stopped;
      const fine = ended.answer.status < 400 && known('') === undefined;
      return fine ? undefined : refused(describe(ended.answer));
    }
    case 'callback': {
      const { parameters } = ended;
      keepSecret(examination, parameters.get('code') ?? undefined);
      const error = authorizationError(parameters);
      return error === undefined ? undefined : refused(error);
    }
  }
}
