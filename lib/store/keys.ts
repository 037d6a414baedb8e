import { createHash } from 'node:crypto';
import type { Config } from '../config.ts';

const realms = new WeakMap<Config, string>();

/** Tenant and API in short: a store shared by deployments with different tenants keeps their clients apart. */
function realm(config: Config): string {
  let known = realms.get(config);
  if (!known) {
    known = digest(`${config.oauth?.tenant} ${config.oauth?.audiences[0]}`).slice(0, 8);
    realms.set(config, known);
  }
  return known;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** A registered client, by the Auth0 application it is. */
export const clientKey = (config: Config, applicationId: string) =>
  `client:${realm(config)}:${applicationId}`;

/** Registration hash → Auth0 application. */
export const registrationKey = (config: Config, hash: string) => `dcr:${realm(config)}:${hash}`;

/** A client's metadata document, by its URL. */
export const documentKey = (url: string) => `doc:${digest(url)}`;

/** The Management API token of this application at this tenant. */
export const managementTokenKey = (config: Config) =>
  `mgmt:${digest(`${config.oauth?.managementAudience} ${config.oauth?.clientId}`)}`;

/** The lock on some work that only one instance may do at a time. */
export const lockKey = (what: string) => `lock:${what}`;

/** The lock on making and changing this tenant's applications. */
export const applicationsLockKey = (config: Config) => lockKey(`applications:${realm(config)}`);

/** Our record of an opaque access token that we handed out. */
export const issuedTokenKey = (token: string) => `tok:${digest(token)}`;

/** The tenant's `/userinfo` answer for such a token. */
export const tokenUserKey = (token: string) => `${issuedTokenKey(token)}:user`;

/** A user's email and name as of the last sign-in. */
export const profileKey = (issuer: string, subject: string) =>
  `profile:${digest(JSON.stringify([issuer, subject]))}`;

/** Prefix of one kind of rate limit's counters. */
export const rateLimitPrefix = (what: string) => `rl:${what}`;

/** A user's collection of that name. */
export const userDataKey = (userHash: string, name: string) => `u:${userHash}:${name}`;

/** A legacy-era session of a principal. */
export const sessionKey = (principalHash: string, sessionId: string) => `s:${principalHash}:${sessionId}`;

/** A principal's session ids, newest last. */
export const sessionsKey = (principalHash: string) => `p:${principalHash}`;

/** Marks a single-use request state as used. */
export const spentStateKey = (id: string) => `spent:${id}`;

/** Marks an approved sign-in as come back from the tenant. */
export const transactionKey = (id: string) => `txn:${id}`;

/** A refresh's sealed answer, by the hash of what was asked. */
export const refreshAnswerKey = (hash: string) => `rt:${hash}`;

/** Marks a sign-in whose refresh tokens were revoked, as long as answers to them may be kept. */
export const endedSignInKey = (signIn: string) => `ended:${signIn}`;

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
