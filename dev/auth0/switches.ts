import { z } from 'zod';

/** A fault of an endpoint. Without `status`, `hang`, `reset` or `cut`, the request is only delayed. */
export type Fault = {
  /** Answer with this status instead of doing the work. */
  status?: number;
  /** The body of that answer. An object is sent as JSON, a string as HTML. */
  body?: unknown;
  headers?: Record<string, string>;
  /** Never answer. */
  hang?: boolean;
  /** Reset the connection. */
  reset?: boolean;
  /** Do the work, and send the first half of its answer as if it were all of it. */
  cut?: boolean;
  /** Wait first. */
  delayMs?: number;
  /** Apply only to the nth matching request since the fault was set, counted from 1. */
  nth?: number;
  /** Do the work first, then lose the answer. The caller cannot know that it succeeded. */
  after?: boolean;
};

/** How the tenant misbehaves and what its plan allows. Read on every request. */
export type Switches = {
  /** Maximum number of applications (Free plan: 10). Undefined or 0 means unlimited. */
  applicationQuota?: number | undefined;
  /** Management API requests per second (Free plan: 2). Undefined or 0 means unlimited. */
  managementRequestsPerSecond?: number | undefined;
  /** Management API requests allowed at once. Defaults to the rate. */
  managementBurst?: number | undefined;
  /** Whether a 429 has `Retry-After`, which Auth0 sends only sometimes. */
  retryAfter: boolean;
  /** Whether authorization responses have the tenant's `iss` (`authorization_response_iss_parameter_supported`). */
  emitIss: boolean;
  /** As on newer tenants, an API without a user policy allows only applications with a client grant. */
  strictUserPolicy: boolean;
  /** Whether `/userinfo` has Auth0's rate limit: a burst of 10, then 5 a minute for each user. */
  userinfoRateLimit: boolean;
  /** Whether a refresh fails for users who have left the organization. Auth0 documents neither. */
  membershipChecked: boolean;
  /**
   * How far the tenant's clock is ahead of this machine's, in seconds. May be negative. Everything that the tenant
   * dates or lets expire follows it: tokens, codes, sessions. Add to it to let time pass.
   */
  clockSkewSeconds: number;
  /** Overrides every API's access token lifetime, in seconds. */
  accessTokenLifetimeSeconds?: number | undefined;
  /** Overrides every application's absolute refresh token lifetime, in seconds. */
  refreshTokenLifetimeSeconds?: number | undefined;
  /** Overrides every application's idle refresh token lifetime, in seconds. */
  refreshTokenIdleLifetimeSeconds?: number | undefined;
  /** Active refresh tokens that a user may have for one application. When there are more, the oldest is deleted. */
  refreshTokensPerUser: number;
  /** Whether the Management API serves `/users/{id}/refresh-tokens`, which needs an Enterprise plan. */
  enterprisePlan: boolean;
  // Faults by `[METHOD ]path`. `*` matches one path segment: `PATCH /api/v2/connections/*/clients`.
  faults: Record<string, Fault>;
};

/** A tenant without quotas, rate limits and faults. */
export const defaultSwitches: Switches = {
  applicationQuota: undefined,
  managementRequestsPerSecond: undefined,
  managementBurst: undefined,
  retryAfter: false,
  emitIss: false,
  strictUserPolicy: false,
  userinfoRateLimit: false,
  membershipChecked: true,
  clockSkewSeconds: 0,
  accessTokenLifetimeSeconds: undefined,
  refreshTokenLifetimeSeconds: undefined,
  refreshTokenIdleLifetimeSeconds: undefined,
  refreshTokensPerUser: 200,
  enterprisePlan: false,
  faults: {},
};

const fault = z.strictObject({
  status: z.int().min(200).max(599).optional(),
  body: z.unknown().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  hang: z.boolean().optional(),
  reset: z.boolean().optional(),
  cut: z.boolean().optional(),
  delayMs: z.int().min(0).optional(),
  nth: z.int().min(1).optional(),
  after: z.boolean().optional(),
});

/** Body of `PATCH /_local/switches`. Missing switches stay as they are, `null` resets one to its default. */
export const switchesPatch = z.strictObject({
  applicationQuota: z.int().min(0).nullish(),
  managementRequestsPerSecond: z.number().min(0).nullish(),
  managementBurst: z.int().min(1).nullish(),
  retryAfter: z.boolean().nullish(),
  emitIss: z.boolean().nullish(),
  strictUserPolicy: z.boolean().nullish(),
  userinfoRateLimit: z.boolean().nullish(),
  membershipChecked: z.boolean().nullish(),
  clockSkewSeconds: z.int().nullish(),
  accessTokenLifetimeSeconds: z.int().min(1).nullish(),
  refreshTokenLifetimeSeconds: z.int().min(1).nullish(),
  refreshTokenIdleLifetimeSeconds: z.int().min(1).nullish(),
  refreshTokensPerUser: z.int().min(1).nullish(),
  enterprisePlan: z.boolean().nullish(),
  faults: z.record(z.string(), fault).nullish(),
});

/** Applies a patch in place. */
export function patchSwitches(switches: Switches, patch: z.infer<typeof switchesPatch>): void {
  const reset = Object.fromEntries(
    Object.entries(patch).map(([name, value]) => [
      name,
      value === null ? structuredClone(defaultSwitches[name as keyof Switches]) : value,
    ]),
  );
  Object.assign(switches, reset);
}
