import type { ProblemId } from './problems.ts';

/** Words by which Auth0, and this project where it hides Auth0's words from clients, tell what is wrong. */
const known: [RegExp, ProblemId][] = [
  [/Service not found/i, 'service-not-found'],
  [/no connections enabled for the client/i, 'connection-not-enabled'],
  [/is not a domain connection/i, 'generic-client'],
  [/is not authorized to access resource server/i, 'api-not-authorized'],
  [/Callback URL mismatch/i, 'callback-mismatch'],
  [/Unknown client|client is not known here/i, 'unknown-client'],
  [/too_many_entities|limit of entities|takes no more clients/i, 'quota-reached'],
  [/Global limit has been reached|too_many_requests|receiving too many requests/i, 'tenant-rate-limit'],
  [/identity provider does not answer|signing keys of the tenant cannot be fetched/i, 'tenant-down'],
  [/not set up correctly/i, 'tenant-not-set-up'],
  [/too many requests/i, 'rate-limited'],
];

/** The cause behind well-known words, wherever they surface; undefined when they say nothing known. */
export function recogniseCause(text: string): ProblemId | undefined {
  return known.find(([words]) => words.test(text))?.[1];
}
