import { type Examination, type ExaminedClient, patience } from './examination.ts';
import { type Answer, type NoAnswer, probe } from './probe.ts';

/** A request to the token endpoint (RFC 6749 section 3.2), form-encoded, authenticated as the client is. */
export function tokenRequest(
  examination: Examination,
  client: ExaminedClient,
  parameters: Record<string, string>,
  endpoint = examination.server?.tokenEndpoint ?? '',
): Promise<Answer | NoAnswer> {
  const body = new URLSearchParams({ ...parameters, client_id: client.id });
  if (client.authMethod === 'client_secret_post' && client.secret) body.set('client_secret', client.secret);
  return probe(endpoint, {
    method: 'POST',
    headers: { accept: 'application/json' },
    body,
    timeout: patience(examination, parameters.grant_type === 'refresh_token' ? 'refresh' : 'token'),
  });
}
