/**
 * What the Management API accepts as an API (resource server), as its OpenAPI description and the `auth0` SDK's types
 * describe it. Everything else is refused with 400 `invalid_body`:
 *
 * - properties that an API does not have, also inside `token_encryption`, `proof_of_possession` and
 *   `subject_type_authorization`, and values outside the enumerations;
 * - a `name` over 200 characters or with `<` or `>`, an `identifier` over 600;
 * - scopes over 280 characters, their descriptions over 500, and more than 1000 of them (Auth0's entity limit);
 * - a scope that is named twice (wording ours: Auth0 only documents that permissions are identified by their names);
 * - a `signing_secret` under 16 characters, or for an algorithm other than HS256 (wording ours);
 * - lifetimes over 30 days, and a `token_lifetime_for_web` greater than `token_lifetime`. That property is in neither the
 *   description nor the SDK; the dashboard and the Terraform provider send it;
 * - a change of the identifier.
 */
import { z } from 'zod';
import { clientPolicies, signingAlgorithms, tokenDialects, userPolicies } from '../model/resource-servers.ts';

const lifetimeSeconds = z.int().min(0).max(2_592_000);

const scopes = z
  .array(z.strictObject({ value: z.string().min(1).max(280), description: z.string().max(500).optional() }))
  .max(1000)
  .superRefine((all, ctx) => {
    const values = all.map(({ value }) => value);
    const doubled = values.find((value, index) => values.indexOf(value) !== index);
    if (doubled === undefined) return;
    ctx.addIssue({ code: 'custom', message: `Duplicate scope: ${doubled}`, input: all });
  });

const tokenEncryption = z.strictObject({
  format: z.enum(['compact-nested-jwe']),
  encryption_key: z.strictObject({
    name: z.string().min(1).max(128).optional(),
    alg: z.enum(['RSA-OAEP-256', 'RSA-OAEP-384', 'RSA-OAEP-512']),
    kid: z.string().min(1).max(128).optional(),
    pem: z.string().min(1).max(4096),
  }),
});

const proofOfPossession = z.strictObject({
  mechanism: z.enum(['mtls', 'dpop']),
  required: z.boolean(),
  required_for: z.enum(['public_clients', 'all_clients']).optional(),
});

/** Body of `PATCH /api/v2/resource-servers/{id}`. */
export const resourceServerPatch = z.strictObject({
  name: z
    .string()
    .max(200)
    .regex(/^[^<>]+$/)
    .optional(),
  scopes: scopes.optional(),
  signing_alg: z.enum(signingAlgorithms).optional(),
  signing_secret: z.string().min(16).optional(),
  allow_offline_access: z.boolean().optional(),
  allow_online_access: z.boolean().optional(),
  allow_online_access_with_ephemeral_sessions: z.boolean().optional(),
  skip_consent_for_verifiable_first_party_clients: z.boolean().optional(),
  token_lifetime: lifetimeSeconds.optional(),
  token_lifetime_for_web: lifetimeSeconds.optional(),
  token_lifetime_for_anonymous_access_tokens: z.int().min(0).nullish(),
  token_dialect: z.enum(tokenDialects).optional(),
  enforce_policies: z.boolean().optional(),
  token_encryption: tokenEncryption.nullish(),
  consent_policy: z.enum(['transactional-authorization-with-mfa']).nullish(),
  authorization_details: z.array(z.unknown()).nullish(),
  proof_of_possession: proofOfPossession.nullish(),
  authorization_policy: z.strictObject({ policy_id: z.string().min(1).max(1024) }).nullish(),
  subject_type_authorization: z
    .strictObject({
      user: z.looseObject({ policy: z.enum(userPolicies).optional() }).optional(),
      client: z.looseObject({ policy: z.enum(clientPolicies).optional() }).optional(),
    })
    .optional(),
});

/** Body of `POST /api/v2/resource-servers`. */
export const resourceServerCreation = resourceServerPatch.extend({
  identifier: z.string().min(1).max(600),
});
