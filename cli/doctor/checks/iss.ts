import { authorizationRequest } from '../authorization-request.ts';
import { type Check, outcome, type Problem } from '../check.ts';
import type { ServerMetadata } from '../examination.ts';
import { visit } from '../visit.ts';
import { clientsToTry } from './authorize.ts';

/** Whether authorization responses name their issuer (RFC 9207), seen in a refusal. */
export const iss: Check = {
  id: 'iss',
  phase: 'Authorization',
  needs: 'sign-in',
  title: 'Authorization responses name their issuer',
  async run(examination) {
    const { server } = examination;
    const client = clientsToTry(examination).at(-1);
    if (!client || !server) return { skipped: 'there is no client to use' };
    // A server must answer the client if it does not support the response type. If it shows its page, decline there.
    for (const overrides of [{ response_type: 'token' }, undefined]) {
      const request = authorizationRequest(examination, client, overrides);
      if (!request) return { skipped: 'there is no authorization endpoint' };
      const ended = await visit(examination, request, { decision: 'deny' });
      if (ended.end === 'callback')
        return outcome(
          `iss is ${ended.parameters.get('iss') ?? 'neither sent nor promised'}.`,
          judgeIssuer(server, ended.parameters),
        );
    }
    return { skipped: 'the server sent no refusal to the client; use --sign-in' };
  },
};

/** What is wrong with the issuer of an authorization response, successful or not. */
export function judgeIssuer(server: ServerMetadata, parameters: URLSearchParams): Problem[] {
  const stated = parameters.get('iss');
  if (stated === null)
    return server.promisesIss ? [{ id: 'iss-missing', detail: 'The metadata promises it.' }] : [];
  if (stated === server.issuer) return [];
  return [{ id: 'iss-mismatch', detail: `The metadata says ${server.issuer}, the response ${stated}.` }];
}
