import type { Deadline } from '../../auth0/request.ts';
import type { SignInConfig } from '../../config.ts';
import type { SignInContext } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import { annotate } from '../../log.ts';
import { z } from '../../schema.ts';
import { audit } from '../../store/audit.ts';
import { limit, limited } from '../../store/rate-limit.ts';
import { findRecordByHash } from './application/lookup.ts';
import { makingDeadline } from './application/making-deadline.ts';
import {
  type ClientRecord,
  grantTypesOf,
  type Registration,
  redirectUrisLimit,
  registrationHash,
} from './application/record.ts';
import { isRoomScarce } from './application/room.ts';
import { type Client, registrationAuthMethods } from './client.ts';
import { newClientSecret } from './client-secret.ts';
import { cleanClientName } from './name.ts';
import { redirectUriRefusal, redirectUriRefusals } from './redirect-uri.ts';
import { countRegistration, managementOf } from './registration-management.ts';
import { selfContainedId, shortIdOf } from './self-contained-id.ts';

/** Redirect URIs that one client may register. */
const maxRedirectUris = 20;

const list = (maxItems: number) => z.array(z.string().max(256)).max(maxItems);

/** The client metadata that we act on (RFC 7591 section 2); everything else is ignored, as it prescribes. */
const metadata = z.object({
  client_name: z.string().max(1000).nullish(),
  // "If unspecified or omitted, the default is client_secret_basic."
  token_endpoint_auth_method: z.enum(registrationAuthMethods).nullish(),
  grant_types: list(20).nullish(),
  response_types: list(20).nullish(),
  application_type: z.enum(['web', 'native']).nullish(),
});

const redirectUris = z.array(z.string()).min(1).max(maxRedirectUris);

export type RegistrationRequest = Pick<
  Client,
  'name' | 'redirectUris' | 'authMethod' | 'usesRefreshToken'
> & {
  applicationType: 'web' | 'native' | undefined;
};

/**
 * Reads and judges a registration request. Grant and response types that we do not have are dropped and the
 * rest is returned, as RFC 7591 section 2 allows, so long as the authorization code grant is among them.
 *
 * @throws OAuthError `invalid_redirect_uri` or `invalid_client_metadata`, with the reason.
 */
export function readRegistration(body: Record<string, unknown>, config: SignInConfig): RegistrationRequest {
  const uris = readRedirectUris(body.redirect_uris, config);
  const read = metadata.safeParse(body);
  if (!read.success) {
    const field = String(read.error.issues[0]?.path[0]);
    throw new OAuthError(
      'invalid_client_metadata',
      `${field} is not acceptable. ${hints[field] ?? ''}`.trim(),
    );
  }
  const { client_name, token_endpoint_auth_method, grant_types, response_types, application_type } =
    read.data;
  if (response_types && !response_types.includes('code'))
    throw new OAuthError('invalid_client_metadata', 'response_types must include code.');
  const granted = grant_types ?? grantTypesOf(true);
  if (!granted.includes('authorization_code'))
    throw new OAuthError('invalid_client_metadata', 'grant_types must include authorization_code.');
  return {
    name: cleanClientName(client_name ?? '') ?? nameByRedirect(uris),
    redirectUris: uris,
    authMethod: token_endpoint_auth_method ?? 'client_secret_basic',
    usesRefreshToken: granted.includes('refresh_token'),
    applicationType: application_type ?? undefined,
  };
}

const hints: Record<string, string> = {
  token_endpoint_auth_method: `Use one of ${registrationAuthMethods.join(', ')}.`,
  application_type: 'Use web or native.',
};

/**
 * Registers a client (RFC 7591): the same registration gets the same client, and the method asked for. While there is
 * room, the client gets an Auth0 application at once. When room is scarce, its id carries the registration instead, which
 * costs the tenant nothing until a user has approved: no number of registrations keeps an honest client out.
 *
 * @returns the client information response's body.
 * @throws TenantError with nothing left half-made.
 */
export async function register(
  context: SignInContext,
  request: Request,
  registration: RegistrationRequest,
): Promise<Record<string, unknown>> {
  const { config, origin } = context;
  const { applicationType, ...wanted } = registration;
  const { name, redirectUris, authMethod, usesRefreshToken } = wanted;
  // From here on, so that a slow store does not add to the time that a silent tenant takes.
  const deadline = makingDeadline();
  const { known, scarce, counted } = await limited(context, request, 'register', () =>
    lookAround(config, wanted),
  );
  const record = known ?? (scarce ? undefined : await makeIfRoom(context, request, wanted, deadline));
  const clientId = record?.application ?? selfContainedId(config, wanted);
  annotate({
    client: clientId.slice(0, 60),
    registered: known ? 'again' : record ? 'anew' : 'without an application',
  });
  // Without an application nothing was made, so a flood leaves no trail in the store either.
  if (record && !known)
    audit(config, { action: 'client-registered', actor: 'client', client: shortIdOf(clientId) });
  return {
    client_id: clientId,
    client_id_issued_at: record?.createdAt ?? Math.floor(Date.now() / 1000),
    ...(authMethod !== 'none' && {
      client_secret: newClientSecret(config, clientId),
      client_secret_expires_at: 0,
    }),
    client_name: name,
    redirect_uris: redirectUris,
    grant_types: grantTypesOf(usesRefreshToken),
    response_types: ['code'],
    token_endpoint_auth_method: authMethod,
    application_type: applicationType,
    ...(record &&
      managementOf(config, origin, record, await (counted ?? countRegistration(config, record.application)))),
  };
}

async function lookAround(config: SignInConfig, wanted: Registration) {
  let counted: Promise<number | undefined> | undefined;
  const [found, scarce] = await Promise.all([
    findRecordByHash(config, registrationHash(wanted), (application) => {
      counted = countRegistration(config, application);
    }),
    isRoomScarce(config),
  ]);
  const known = found === 'unknown' ? undefined : found;
  return { known, scarce, counted: known && counted };
}

/** The registration's new application; undefined if only the number of applications is in the way. */
async function makeIfRoom(
  context: SignInContext,
  request: Request,
  wanted: Registration,
  deadline: Deadline,
): Promise<ClientRecord | undefined> {
  const { config, origin } = context;
  // Loaded on first use: most registrations are known.
  const [{ callbacksFor, canGoOnWithout }, { ensureApplication }] = await Promise.all([
    import('./application/application.ts'),
    import('./application/create.ts'),
  ]);
  try {
    // Checked per caller, before any lock and before the tenant is asked.
    await limit(context, request, 'create');
    const callbacks = callbacksFor(config, origin);
    return await ensureApplication(config, wanted, { claim: 'registration', callbacks, deadline });
  } catch (error) {
    if (canGoOnWithout(error)) return undefined;
    throw error;
  }
}

function readRedirectUris(value: unknown, config: SignInConfig): string[] {
  const refuse = (words: string): never => {
    throw new OAuthError('invalid_redirect_uri', words);
  };
  const read = redirectUris.safeParse(value);
  if (!read.success) return refuse(`redirect_uris must be a list of 1 to ${maxRedirectUris} URIs.`);
  const uris = [...new Set(read.data)];
  for (const [index, uri] of uris.entries()) {
    const refusal = redirectUriRefusal(uri, config);
    if (refusal) refuse(`Redirect URI number ${index + 1} ${redirectUriRefusals[refusal]}`);
  }
  if (uris.join(' ').length > redirectUrisLimit)
    refuse(`The redirect URIs are longer than ${redirectUrisLimit} characters together.`);
  return uris;
}

/** A client without a usable name is called by where it lives, which is what its user can recognise. */
function nameByRedirect([uri = '']: string[]): string {
  const host = URL.parse(uri)?.hostname;
  return cleanClientName(`MCP client at ${host}`) ?? 'MCP client';
}
