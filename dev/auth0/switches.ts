import { z } from 'zod';

/** What goes wrong at an endpoint. Without `status`, `hang` or `reset` the request is only delayed. */
export type Fault = {
  /** Answer with this status instead of doing the work. */
  status?: number;
  /** Body of that answer: an object is sent as JSON, a string as HTML. */
  body?: unknown;
  headers?: Record<string, string>;
  /** Never answer. */
  hang?: boolean;
  /** Cut the connection. */
  reset?: boolean;
  /** Wait this many milliseconds first. */
  delayMs?: number;
  /** Only the nth matching request since the fault was set, counted from 1. */
  nth?: number;
  /** Do the work first, then lose the answer: the caller cannot know that it succeeded. */
  after?: boolean;
};

/** How the tenant misbehaves, or which plan it is on. Read anew on every request. */
export type Switches = {
  /** Most applications the tenant may hold (Free plan: 10); undefined or 0 is unlimited. */
  applicationQuota?: number | undefined;
  /** Sustained Management API requests per second (Free plan: 2); undefined or 0 is unlimited. */
  managementRequestsPerSecond?: number | undefined;
  /** Requests allowed at once; defaults to the rate. */
  managementBurst?: number | undefined;
  /** Whether a 429 carries `Retry-After`, which Auth0 sends only sometimes. */
  retryAfter: boolean;
  /** Whether authorization responses carry the tenant's `iss` (the setting `authorization_response_iss_parameter_supported`). */
  emitIss: boolean;
  /** Newer tenants: an API without an explicit user policy admits only applications with a client grant. */
  strictUserPolicy: boolean;
  /** Whether `/userinfo` is limited as Auth0 limits it: a burst of 10, then 5 a minute for each user. */
  userinfoRateLimit: boolean;
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
  // Faults by `[METHOD ]path`, where `*` stands for one path segment: `PATCH /api/v2/connections/*/clients`.
  faults: Record<string, Fault>;
};

/** A tenant that behaves: no quota, no limit, no fault. */
export const defaultSwitches: Switches = {
  applicationQuota: undefined,
  managementRequestsPerSecond: undefined,
  managementBurst: undefined,
  retryAfter: false,
  emitIss: false,
  strictUserPolicy: false,
  userinfoRateLimit: false,
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
  delayMs: z.int().min(0).optional(),
  nth: z.int().min(1).optional(),
  after: z.boolean().optional(),
});

/** Body of `PATCH /_local/switches`: what is absent stays, `null` resets to the default. */
export const switchesPatch = z.strictObject({
  applicationQuota: z.int().min(0).nullish(),
  managementRequestsPerSecond: z.number().min(0).nullish(),
  managementBurst: z.int().min(1).nullish(),
  retryAfter: z.boolean().nullish(),
  emitIss: z.boolean().nullish(),
  strictUserPolicy: z.boolean().nullish(),
  userinfoRateLimit: z.boolean().nullish(),
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
