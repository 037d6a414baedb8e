import { getApplication, wasMadeByUs } from '../auth0/applications.ts';
import { BoundedMap } from '../bounded-map.ts';
import type { SignInConfig } from '../config.ts';
import type { SignInContext } from '../http/endpoint.ts';
import { OAuthError } from '../http/errors.ts';
import { errorFields, log } from '../log.ts';
import { organizationInPath } from '../organizations/address.ts';
import { type Organization, toKeep } from '../organizations/organization.ts';
import { perConfig } from '../per-config.ts';
import { furtherPermissions, withoutUnassigned } from '../scope-rules.ts';
import { SingleFlight } from '../single-flight.ts';
import { refusedOrganization } from './address.ts';
import { blockedAtSeconds } from './blocked-client.ts';
import { isMachine, userHash } from './principal.ts';
import { grantsEndedBeforeSeconds } from './sign-out.ts';
import { signedInOrganization } from './signed-in-organization.ts';
import { standingLifetimeMs } from './standing.ts';
import { verifyTenantJwt } from './tenant-jwt.ts';
import type { Verification } from './verification.ts';

/** Milliseconds for which the tenant's word on whose application it is counts. */
const applicationLifetimeMs = 3600_000;

type Known = { ours: boolean; checkedAtMs: number };

const applications = perConfig(() => ({
  known: new BoundedMap<string, Known>(500),
  flights: new SingleFlight<boolean>(),
}));

/**
 * Verifies an access token that the tenant issued for our API. Accepted are those of the applications that the operator
 * allowed (`ALLOWED_APPLICATIONS`: machine clients, first-party apps), and those that this server handed out before it
 * issued tokens of its own, until they end. Any other application of the tenant may hold tokens with our audience, and
 * its users have approved nothing here.
 */
export async function verifyTenantToken(token: string, context: SignInContext): Promise<Verification> {
  const { config } = context;
  let verified: Awaited<ReturnType<typeof verifyTenantJwt>>;
  let accepted = false;
  let organization: Organization | undefined;
  try {
    verified = await verifyTenantJwt(token, config.oauth);
    if ('failure' in verified) return verified;
    accepted = await isAccepted(config, verified.value.application);
    if (accepted) organization = await signedInOrganization(config, undefined, verified.value.organization);
  } catch (error) {
    if (error instanceof OAuthError)
      return {
        failure: error.code === 'access_denied' ? 'The token is for no organization of this server' : error,
      };
    throw error;
  }
  if (!accepted) return { failure: 'The token was issued to an application that is not allowed here' };
  const refused = refusedOrganization(context, organization, organizationInPath(context.url.pathname));
  if (refused) return { failure: refused };
  const { subject, application, permissions, issuedAtSeconds, expiresAtSeconds } = verified.value;
  if (await isHeldBack(config, { clientId: application, subject, issuedAtSeconds }))
    return { failure: 'The connection was ended. Sign in again.' };
  // What a machine client may do, its client grant at the tenant says.
  const scopes = isMachine({ subject, clientId: application })
    ? verified.value.scopes
    : withoutUnassigned(verified.value.scopes, permissions);
  const { issuer } = config.oauth;
  const further = furtherPermissions(permissions);
  return {
    value: {
      issuer,
      subject,
      organization: toKeep(organization),
      clientId: application,
      scopes,
      permissions: further,
      expiresAt: expiresAtSeconds,
    },
  };
}

async function isAccepted(config: SignInConfig, application: string): Promise<boolean> {
  if (config.oauth.allowedApplications.includes(application)) return true;
  const { known, flights } = applications(config);
  const held = known.get(application);
  if (held && Date.now() - held.checkedAtMs < applicationLifetimeMs) return held.ours;
  return flights.run(application, async () => {
    const found = await getApplication(config, application);
    const ours = found !== undefined && wasMadeByUs(found);
    known.set(application, { ours, checkedAtMs: Date.now() });
    return ours;
  });
}

type HeldBack = { isBlocked: boolean; endedBeforeSeconds: number; checkedAtMs: number };

const heldBack = perConfig(() => new BoundedMap<string, HeldBack>(5_000));

/**
 * Whether an operator has blocked the client, or signed the user out since the token was issued: for the tenant's own
 * tokens, which belong to no grant of ours. The store is read once a minute for each client and user. Without the store the
 * token counts, because the tenant's signature proves it.
 */
async function isHeldBack(
  config: SignInConfig,
  token: { clientId: string; subject: string; issuedAtSeconds: number },
): Promise<boolean> {
  const { clientId, subject, issuedAtSeconds } = token;
  const name = `${clientId} ${subject}`;
  let known = heldBack(config).get(name);
  if (!known || Date.now() - known.checkedAtMs >= standingLifetimeMs) {
    const user = userHash({ issuer: config.oauth.issuer, subject });
    try {
      const [blocked, endedBeforeSeconds] = await Promise.all([
        blockedAtSeconds(config, clientId),
        grantsEndedBeforeSeconds(config, user),
      ]);
      known = { isBlocked: blocked !== undefined, endedBeforeSeconds, checkedAtMs: Date.now() };
      heldBack(config).set(name, known);
    } catch (error) {
      log('warn', 'sign-out of a user not checked', errorFields(error));
    }
  }
  return known !== undefined && (known.isBlocked || issuedAtSeconds < known.endedBeforeSeconds);
}
