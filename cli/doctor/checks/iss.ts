import { authorizationRequest } from '../authorization-request.ts';
import { type Check, outcome, type Problem } from '../check.ts';
import { patience, type ServerMetadata } from '../examination.ts';
import { visit } from '../visit.ts';
import { clientsToTry } from './authorize.ts';

/** Whether authorization responses name their issuer (RFC 9207), seen on one that refuses. */
export const iss: Check = {
  id: 'iss',
  phase: 'Authorization',
  needs: 'sign-in',
  title: 'Authorization responses name their issuer',
  async run(examination) {
    const { server } = examination;
    const client = clientsToTry(examination).at(-1);
    if (!client || !server) return { skipped: 'there is no client to ask with' };
    // Asked for something it does not offer, a server must answer the client; if it shows its page, decline.
    for (const overrides of [{ response_type: 'token' }, undefined]) {
      const request = authorizationRequest(examination, client, overrides);
      if (!request) return { skipped: 'there is no authorization endpoint' };
      const ended = await visit(request, { timeout: patience(examination), decision: 'deny' });
      if (ended.end === 'callback')
        return outcome(
          `iss is ${ended.parameters.get('iss') ?? 'not sent, and not promised'}.`,
          judgeIssuer(server, ended.parameters),
        );
    }
    return { skipped: 'no refusal came back; use --sign-in' };
  },
};

/** What is wrong with the issuer of an authorization response, successful or not. */
export function judgeIssuer(server: ServerMetadata, parameters: URLSearchParams): Problem[] {
  const stated = parameters.get('iss');
  if (stated === null)
    return server.promisesIss ? [{ id: 'iss-missing', detail: 'The metadata promises it.' }] : [];
  if (stated === server.issuer) return [];
  return [{ id: 'iss-mismatch', detail: `Metadata says ${server.issuer}, the response ${stated}.` }];
}
