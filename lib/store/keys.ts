import type { Config } from '../config.ts';
import { perConfig } from '../per-config.ts';
import { sha256 } from '../sha256.ts';

const realms = perConfig(({ oauth }) => ({
  name: sha256(`${oauth?.tenant} ${oauth?.audiences[0]}`).slice(0, 8),
}));

/** Tenant and API in short: a store shared by deployments with different tenants keeps their clients and grants apart. */
export function realmOf(config: Config): string {
  return realms(config).name;
}

/** A registered client, by the Auth0 application it is. */
export const clientKey = (config: Config, applicationId: string) =>
  `client:${realmOf(config)}:${applicationId}`;

/** Registration hash → Auth0 application. */
export const registrationKey = (config: Config, hash: string) => `dcr:${realmOf(config)}:${hash}`;

/** A machine client that signs, by its Auth0 application. */
export const machineClientKey = (config: Config, applicationId: string) =>
  `machine:${realmOf(config)}:${applicationId}`;

/** A client's metadata document, by its URL. */
export const documentKey = (url: string) => `doc:${sha256(url)}`;

/** An organization at the tenant, by its id or its name. */
export const organizationKey = (config: Config, by: string, value: string) =>
  `org:${realmOf(config)}:${by}:${sha256(value).slice(0, 22)}`;

/** How often a client was registered within its first hour. */
export const registrationsKey = (config: Config, applicationId: string) =>
  `dcr-count:${realmOf(config)}:${applicationId}`;

/** The Management API token of this application at this tenant. */
export const managementTokenKey = (config: Config) =>
  `mgmt:${sha256(`${config.oauth?.managementAudience} ${config.oauth?.clientId}`)}`;

/** Marks that there is no room for further applications. */
export const roomKey = (config: Config) => `room:${realmOf(config)}`;

/** Marks a client assertion as used. */
export const usedAssertionKey = (hash: string) => `assertion:${hash}`;

/** The lock on some work that only one instance may do at a time. */
export const lockKey = (what: string) => `lock:${what}`;

/** The lock on making and changing this tenant's applications. */
export const applicationsLockKey = (config: Config) => lockKey(`applications:${realmOf(config)}`);

/** What the tenant last said of a grant. */
export const vouchKey = (grantId: string) => `grant:${grantId}`;

/** Marks a grant that has ended. */
export const endedGrantKey = (grantId: string) => `grant-ended:${grantId}`;

/** The newest refresh token of a grant that was used. */
export const generationKey = (grantId: string) => `grant-refresh:${grantId}`;

/** Tokens for other APIs that were obtained for a grant: audience and scopes → sealed token. */
export const exchangedTokensKey = (grantId: string) => `grant-tokens:${grantId}`;

/** Changes whenever a user's accounts at other companies do: tokens kept for them before no longer count. */
export const accountsGenerationKey = (userHash: string) => `accounts:${userHash}`;

/** A link with which a user connects an account. */
export const accountLinkKey = (id: string) => `account-link:${sha256(id)}`;

/** How a user's attempt to connect an account for a grant ended. */
export const accountOutcomeKey = (grantId: string, connection: string) =>
  `account-outcome:${grantId}:${sha256(connection)}`;

/** A user on their way through the provider. */
export const accountAttemptKey = (id: string) => `account-attempt:${id}`;

/** The My Account API's token of somebody who is signed in to the connections page. */
export const accountTokenKey = (sessionId: string) => `account-token:${sha256(sessionId)}`;

/** The connections of a user: grant → what the user's page shows. */
export const connectionsKey = (userHash: string) => `grants:${userHash}`;

/** The organizations in which a person has signed in here: id → name. */
export const organizationsKey = (userHash: string) => `orgs:${userHash}`;

/** Who did what. */
export const auditKey = (config: Config) => `audit:${realmOf(config)}`;

/** Marks a client that an operator has blocked. */
export const blockedClientKey = (config: Config, clientId: string) =>
  `blocked:${realmOf(config)}:${sha256(clientId)}`;

/** The marks of all blocked clients, as a pattern. */
export const blockedClientsPattern = (config: Config) => `blocked:${realmOf(config)}:*`;

/** The moment from before which a user's grants no longer count. */
export const signedOutKey = (userHash: string) => `signed-out:${userHash}`;

/** Marks an authorization code as used. */
export const usedCodeKey = (codeId: string) => `code:${codeId}`;

/** Marks an approved sign-in that has come back from the tenant. */
export const callbackKey = (id: string) => `callback:${id}`;

/** A user's email and name as of the last sign-in. */
export const profileKey = (userHash: string) => `profile:${userHash}`;

/** A rate limit's counter in one window. */
export const rateLimitKey = (what: string, who: string, window: number) => `rl:${what}:${who}:${window}`;

/** A user's collection of that name. */
export const userDataKey = (userHash: string, name: string) => `u:${userHash}:${name}`;

/** A legacy-era session of a principal. */
export const sessionKey = (principalHash: string, sessionId: string) => `s:${principalHash}:${sessionId}`;

/** A principal's session ids, newest last. */
export const sessionsKey = (principalHash: string) => `p:${principalHash}`;

/** Marks a single-use request state as used. */
export const spentStateKey = (id: string) => `spent:${id}`;

/** What the client sent to a running call: answers to its questions, their progress, cancellation. */
export const mailboxKey = (principalHash: string, invocation: string) => `mb:${principalHash}:${invocation}`;

/** A session's long-running calls: invocation → JSON-RPC request id. */
export const callsKey = (principalHash: string, sessionId: string) => `pend:${principalHash}:${sessionId}`;

/** What a call has sent to the client, for those who lost the connection. */
export const eventsKey = (principalHash: string, invocation: string) => `ev:${principalHash}:${invocation}`;

/** Exists as long as the instance that runs the call is alive. */
export const leaseKey = (principalHash: string, invocation: string) => `run:${principalHash}:${invocation}`;

/** What has changed among a user's resources, for whoever listens. */
export const changesKey = (userHash: string) => `chg:${userHash}`;

/** URIs that a session has subscribed to. */
export const subscriptionsKey = (principalHash: string, sessionId: string) =>
  `sub:${principalHash}:${sessionId}`;

/** A task of a principal. */
export const taskKey = (principalHash: string, taskId: string) => `task:${principalHash}:${taskId}`;

/** Exists as long as somebody works on the task. */
export const taskLeaseKey = (principalHash: string, taskId: string) => `task-run:${principalHash}:${taskId}`;

/** A principal's tasks, by when they end. */
export const tasksKey = (principalHash: string) => `tasks:${principalHash}`;
