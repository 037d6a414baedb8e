import { z } from 'zod';
import { accountsGeneration, awaitOutcome } from '../../../access-token/account-link.ts';
import { keepToken, storedToken } from '../../../access-token/exchanged-tokens.ts';
import type { Grant } from '../../../access-token/grant.ts';
import { tenantAccessToken } from '../../../access-token/vouch.ts';
import { type AccountFailure, exchangeForAccount } from '../../../auth0/token-vault.ts';
import type { SignInConfig } from '../../../config.ts';
import { OAuthError } from '../../../http/errors.ts';
import { waitUntil } from '../../../invocation.ts';
import { annotate, errorFields, log } from '../../../log.ts';
import { perConfig } from '../../../per-config.ts';
import { providerName } from '../../../provider-names.ts';
import type { Result } from '../../../result.ts';
import { SingleFlight } from '../../../single-flight.ts';
import { StoreUnavailable } from '../../../store/redis.ts';
import { ToolError } from '../../define/tool.ts';
import { askToConnect, questionFor } from './ask-to-connect.ts';
import type { TokenRequest } from './request.ts';

/** Seconds for which a token is kept at most: what a user withdraws at the provider ends by then, whatever its tokens say. */
const maxKeptSeconds = 3600;
/** Milliseconds that a call waits for a user who has agreed to connect. Many clients give a call up after a minute. */
const waitMs = 45_000;
/** Milliseconds that are left for the tool after that. */
const reserveMs = 10_000;
/** Scopes that say who the user is, or keep the tenant connected. Providers answer with other names, or none, for them. */
const identityScopes = ['openid', 'profile', 'email', 'offline_access'];

/** Why there is no token, and what the user has granted so far. */
type Missing = { reason: AccountFailure | 'scopes'; granted: string[] };

const flights = perConfig(() => new SingleFlight<Result<string, Missing>>());

/**
 * A token for an account of the user at another company (`call.tokenFrom`).
 *
 * @throws ToolError in words that a model can act on, if there is none.
 * @throws AskFirst if the client can ask the user to connect one.
 */
export async function tokenFrom(
  request: TokenRequest,
  connection: string,
  scopes: string[],
): Promise<string> {
  const { config, grant, user, call } = request;
  const provider = providerName(connection);
  const answer = call.answer(questionFor(connection), z.object({}));
  if (answer && answer.action !== 'accept') throw declined(provider);
  const ended = answer && (await waitForUser(request, connection));
  if (ended === 'declined') throw declined(provider);

  const field = JSON.stringify([connection, [...new Set(scopes)].sort()]);
  const result = await flights(config).run(`${grant.id} ${field}`, () =>
    obtain(config, { grant, user }, connection, scopes, field).catch((error) => {
      throw refusalOf(error, connection);
    }),
  );
  if ('value' in result) return result.value;
  const { reason, granted } = result.failure;
  annotate({ account: `${connection.slice(0, 50)} ${reason}` });
  if (ended === 'connected' && reason === 'scopes')
    throw new ToolError(
      `The user connected an account at ${provider}, but did not allow all that this needs (${scopes.join(', ')}). Tell them, and call this again if they want to allow it.`,
    );
  const wanted = [...new Set([...granted, ...scopes])];
  throw await askToConnect(request, {
    connection,
    scopes: wanted,
    reason,
    isAskedBefore: answer !== undefined,
  });
}

/** A client says at once that its user agreed to open the page: that is not yet to have connected. */
async function waitForUser({ config, grant, call, deadlineMs }: TokenRequest, connection: string) {
  let waits = 0;
  return awaitOutcome(
    config,
    { grantId: grant.id, connection },
    {
      untilMs: Math.min(Date.now() + waitMs, deadlineMs - reserveMs),
      signal: call.signal,
      onWait: async () => {
        waits += 1;
        if (waits % 5 === 1)
          await call.progress(
            waits,
            undefined,
            `Waiting for the user to connect ${providerName(connection)}`,
          );
      },
    },
  );
}

async function obtain(
  config: SignInConfig,
  { grant, user }: { grant: Grant; user: string },
  connection: string,
  scopes: string[],
  field: string,
): Promise<Result<string, Missing>> {
  const [kept, generation] = await Promise.all([
    storedToken(config, grant.id, field),
    accountsGeneration(config, user),
  ]);
  if (kept && kept.generation === generation) return { value: kept.token };

  const subject = await tenantAccessToken(config, grant);
  if ('failure' in subject)
    throw new ToolError('The connection has ended. Ask the user to connect this server again.');
  const exchanged = await exchangeForAccount(config.oauth, { subjectToken: subject.value, connection });
  if ('failure' in exchanged) return { failure: { reason: exchanged.failure, granted: [] } };
  const { token, expiresInSeconds, scopes: granted } = exchanged.value;
  const missing = scopes.filter(
    (scope) => !identityScopes.includes(scope) && granted && !granted.includes(scope),
  );
  if (missing.length > 0) return { failure: { reason: 'scopes', granted: granted ?? [] } };
  annotate({ accountTokenFrom: connection.slice(0, 50) });
  const expiresAtMs = Date.now() + Math.min(expiresInSeconds, maxKeptSeconds) * 1000;
  waitUntil(keepToken(config, { grantId: grant.id, field, token, generation, expiresAtMs }));
  return { value: token };
}

const declined = (provider: string) =>
  new ToolError(
    `The user chose not to connect an account at ${provider}. Do not ask again unless they want to.`,
  );

function refusalOf(error: unknown, connection: string): unknown {
  // The store's trouble has words of its own.
  if (!(error instanceof OAuthError) || error instanceof StoreUnavailable) return error;
  const provider = providerName(connection);
  log('warn', 'no token for an account', { connection, ...errorFields(error) });
  if (error.code === 'access_denied')
    return new ToolError(`The user may not use accounts at ${provider} here. An administrator can allow it.`);
  if (error.code === 'temporarily_unavailable')
    return new ToolError('The identity provider does not answer right now. Try again in a minute.');
  return new ToolError(
    `This server is not set up correctly to use accounts at ${provider}. Its operator can fix that.`,
  );
}
