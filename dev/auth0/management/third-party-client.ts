import { z } from 'zod';
import type { Application, ApplicationInput } from '../model/applications.ts';
import { randomAlphanumerics } from '../model/identifiers.ts';
import { invalidPayload } from './payload.ts';
import type { Reply } from './reply.ts';

/**
 * What a third-party application may be, as "Security Controls for Third-Party Applications" describes it. The wordings of
 * the refusals are ours. Enforces:
 *
 * - the grant types, the application types and the signing algorithm below, and no grant `client_credentials` without a
 *   secret;
 * - refresh tokens that expire, also when they are not used;
 * - ownership and security mode, which stay what they were at creation.
 *
 * Not enforced: that other properties are refused, because the documentation lists only the most important ones.
 */
const thirdParty = z.looseObject({
  grant_types: z.array(z.enum(['authorization_code', 'refresh_token', 'client_credentials'])).optional(),
  app_type: z.enum(['regular_web', 'spa', 'native', 'non_interactive']).optional(),
  jwt_configuration: z.looseObject({ alg: z.enum(['RS256']).optional() }).optional(),
  refresh_token: z
    .looseObject({
      expiration_type: z.enum(['expiring']),
      infinite_token_lifetime: z.literal(false).optional(),
      infinite_idle_token_lifetime: z.literal(false).optional(),
    })
    .nullish(),
});

/** Refuses an application, as it is to be created or after a change, that a third party may not have. */
export function refuseThirdPartyClient(application: ApplicationInput | Application): Reply | undefined {
  if (application.is_first_party !== false || application.third_party_security_mode === 'permissive')
    return undefined;
  const issue = thirdParty.safeParse(application).error?.issues[0];
  if (issue !== undefined)
    return invalidPayload(`'Not allowed for third-party applications' on property ${issue.path.join('.')}`);
  const { grant_types = [], token_endpoint_auth_method } = application;
  if (grant_types.includes('client_credentials') && token_endpoint_auth_method === 'none')
    return invalidPayload("'client_credentials needs a confidential application' on property grant_types");
  return undefined;
}

/** Refuses to make a first-party application of a third-party one, or the other way round, and another security mode. */
export function refuseOtherOwner(before: Application, after: Application): Reply | undefined {
  const changed = (['is_first_party', 'third_party_security_mode'] as const).find(
    (name) => after[name] !== before[name],
  );
  return changed === undefined
    ? undefined
    : invalidPayload(`'Cannot be changed after creation' on property ${changed}`);
}

/** A third-party application's id and its own defaults. A first-party one has none of its own. */
export function thirdPartyDefaults(input: ApplicationInput): Partial<ApplicationInput> {
  if (input.is_first_party !== false) return {};
  return {
    client_id: `tpc_${randomAlphanumerics(32)}`,
    third_party_security_mode: 'strict',
    grant_types: ['authorization_code'],
    refresh_token: {
      rotation_type: 'rotating',
      expiration_type: 'expiring',
      infinite_token_lifetime: false,
      infinite_idle_token_lifetime: false,
    },
  };
}
