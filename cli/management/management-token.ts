import { decodeJwt, errors } from 'jose';
import { z } from 'zod';
import { CommandFailure, tokenSource } from '../failure.ts';
import { ask } from './management.ts';
import { expiredToken } from './refusal.ts';

/** Credentials for the tenant: a token that you copied, or an application that can get one. */
export type Credentials = { token: string } | { clientId: string; clientSecret: string };

/** A Management API token and its scopes. */
export type ManagementToken = { token: string; scopes: Set<string> };

/** The token endpoint's answer to an application: a token, or the reason for the refusal. */
export type Exchange =
  | { token: string }
  | { refused: 'wrong secret' | 'not granted' | 'other'; description: string };

const tokenReply = z.object({ access_token: z.string().min(1) });
const errorReply = z.object({ error_description: z.string().optional() });

/** Gets a Management API token with client credentials (RFC 6749 section 4.4). Returns a refusal instead of throwing. */
export async function exchange(
  tenant: string,
  audience: string,
  client: { clientId: string; clientSecret: string },
): Promise<Exchange> {
  const { status, body } = await ask(tenant, {
    method: 'POST',
    path: '/oauth/token',
    form: {
      grant_type: 'client_credentials',
      client_id: client.clientId,
      client_secret: client.clientSecret,
      audience,
    },
  });
  const reply = tokenReply.safeParse(body);
  if (status === 200 && reply.success) return { token: reply.data.access_token };
  const { error_description: description = `status ${status}` } = errorReply.safeParse(body).data ?? {};
  if (status === 401) return { refused: 'wrong secret', description };
  return { refused: /client-grant/.test(description) ? 'not granted' : 'other', description };
}

/** A Management API token, with its audience and expiry checked before the first call. Throws `CommandFailure`. */
export async function obtainToken(
  tenant: string,
  audience: string,
  credentials: Credentials,
): Promise<ManagementToken> {
  if ('token' in credentials) return inspectToken(credentials.token, audience);
  const result = await exchange(tenant, audience, credentials);
  if ('token' in result) return inspectToken(result.token, audience);
  if (result.refused === 'wrong secret')
    throw new CommandFailure(
      `The tenant does not accept the client id ${credentials.clientId} with this secret.`,
      'Copy both again from the application’s settings in the dashboard, and check that it belongs to this tenant.',
    );
  if (result.refused === 'not granted')
    throw new CommandFailure(
      `The application ${credentials.clientId} is not allowed to use the Management API.`,
      'Allow it in the application’s APIs tab, or use a Management API token (--token).',
    );
  throw new CommandFailure(
    `The tenant issued no Management API token: ${result.description.slice(0, 300)}`,
    'Check the tenant domain. With a custom domain, also give --management-audience https://TENANT.REGION.auth0.com/api/v2/.',
  );
}

/** Reads the token without verifying it, which is the tenant's task. Finds mistakes before the first call. */
function inspectToken(token: string, audience: string): ManagementToken {
  try {
    const { aud, exp, scope } = decodeJwt<{ scope?: string }>(token);
    const audiences = [aud ?? []].flat();
    if (!audiences.includes(audience))
      throw new CommandFailure(
        `The token is for ${audiences.join(', ') || 'nothing'}, not for ${audience}.`,
        'Use a token for this tenant’s Management API. With a custom domain, give the token’s audience with --management-audience.',
      );
    if (exp !== undefined && exp <= Date.now() / 1000) throw expiredToken();
    return { token, scopes: new Set((scope ?? '').split(' ').filter(Boolean)) };
  } catch (error) {
    if (!(error instanceof errors.JWTInvalid)) throw error;
    throw new CommandFailure(
      'This is not a Management API token.',
      `${tokenSource} Copy all of it, beginning with eyJ.`,
    );
  }
}
