import { cachedToken, keepToken, rememberToken } from '../../../access-token/exchanged-tokens.ts';
import type { Grant } from '../../../access-token/grant.ts';
import { tenantAccessToken } from '../../../access-token/vouch.ts';
import { exchangeOnBehalfOf } from '../../../auth0/token-exchange.ts';
import type { SignInConfig } from '../../../config.ts';
import { OAuthError } from '../../../http/errors.ts';
import { waitUntil } from '../../../invocation.ts';
import { annotate, errorFields, log } from '../../../log.ts';
import { perConfig } from '../../../per-config.ts';
import { SingleFlight } from '../../../single-flight.ts';
import { ToolError } from '../../define/tool.ts';

const flights = perConfig(() => new SingleFlight<string>());

/**
 * A token with which a tool calls another API of the tenant as the user (`call.tokenFor`).
 *
 * @throws ToolError in words that a model can act on, if there is none.
 */
export async function tokenFor(
  config: SignInConfig,
  grant: Grant,
  audience: string,
  scopes: string[],
): Promise<string> {
  const field = JSON.stringify([audience, [...new Set(scopes)].sort()]);
  return flights(config).run(`${grant.id} ${field}`, async () => {
    const known = await cachedToken(config, grant.id, field);
    if (known !== undefined) return known;
    try {
      return await obtain(config, grant, audience, scopes, field);
    } catch (error) {
      throw refusalOf(error, audience);
    }
  });
}

async function obtain(
  config: SignInConfig,
  grant: Grant,
  audience: string,
  scopes: string[],
  field: string,
): Promise<string> {
  const subject = await tenantAccessToken(config, grant);
  if ('failure' in subject)
    throw new ToolError('The connection has ended. Ask the user to connect this server again.');
  const exchanged = await exchangeOnBehalfOf(config.oauth, { subjectToken: subject.value, audience, scopes });
  const missing = scopes.filter((scope) => !exchanged.scopes.includes(scope));
  if (missing.length > 0)
    throw new ToolError(
      `The user does not have the permission ${missing.join(', ')} for ${audience}. An administrator can grant it.`,
    );
  annotate({ exchangedFor: audience.slice(0, 100) });
  const expiresAtMs = Date.now() + exchanged.expiresInSeconds * 1000;
  const kept = { grantId: grant.id, field, token: exchanged.token, expiresAtMs };
  rememberToken(config, kept);
  waitUntil(keepToken(config, kept));
  return exchanged.token;
}

function refusalOf(error: unknown, audience: string): unknown {
  if (error instanceof ToolError || !(error instanceof OAuthError)) return error;
  log('warn', 'no token for another API', { audience, ...errorFields(error) });
  if (error.code === 'access_denied')
    return new ToolError(`The user may not use ${audience}. An administrator can allow it.`);
  if (error.code === 'temporarily_unavailable')
    return new ToolError('The identity provider does not answer right now. Try again in a minute.');
  return new ToolError(
    `This server is not set up to call ${audience} for its users. Its operator can fix that.`,
  );
}
