import { type Check, outcome } from '../check.ts';
import { isObject, textMember } from '../member.ts';
import { send } from '../send.ts';
import { metadataUrls } from './server-metadata.ts';

const compared = ['issuer', 'authorization_endpoint', 'token_endpoint', 'registration_endpoint'];

/** Whether the server's metadata is the same at every URL where clients look for it. */
export const metadataAgreement: Check = {
  id: 'metadata-agreement',
  phase: 'Discovery',
  needs: 'sign-in',
  title: 'The metadata documents agree',
  async run(examination) {
    const { server, issuer, url } = examination;
    if (!server) return { skipped: 'there is no server metadata' };
    const answers = await Promise.all(
      metadataUrls(issuer ?? url.origin).map((each) => send(examination, each)),
    );
    const documents = answers.flatMap((answer) =>
      !('failed' in answer) && answer.status === 200 && isObject(answer.json) ? [answer] : [],
    );
    const [first, ...others] = documents;
    const problems = others.flatMap((other) =>
      compared
        .filter((name) => textMember(other.json, name) !== textMember(first?.json, name))
        .map((name) => ({
          id: 'metadata-disagree' as const,
          detail: `${name} differs between ${first?.url} and ${other.url}.`,
        })),
    );
    return outcome(`Found at ${documents.length} of ${answers.length} URLs.`, problems);
  },
};
