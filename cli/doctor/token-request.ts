import type { Examination, ExaminedClient } from './examination.ts';
import type { Answer, NoAnswer } from './probe.ts';
import { send } from './send.ts';

/** A form-encoded request to the token endpoint (RFC 6749 section 3.2), with the client's authentication. */
export function tokenRequest(
  examination: Examination,
  client: ExaminedClient,
  parameters: Record<string, string>,
  endpoint = examination.server?.tokenEndpoint ?? '',
): Promise<Answer | NoAnswer> {
  const body = new URLSearchParams({ ...parameters, client_id: client.id });
  if (client.authMethod === 'client_secret_post' && client.secret) body.set('client_secret', client.secret);
  const headers = { accept: 'application/json' };
  const step = parameters.grant_type === 'refresh_token' ? 'refresh' : 'token';
  return send(examination, endpoint, { method: 'POST', headers, body }, step);
}
