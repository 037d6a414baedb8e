import type { ProblemId } from './problems.ts';

/** Error texts of Auth0, and of this project where it hides Auth0's texts from clients, with their cause. */
const known: [RegExp, ProblemId][] = [
  [/Service not found/i, 'service-not-found'],
  [/no connections enabled for the client/i, 'connection-not-enabled'],
  [/is not a domain connection/i, 'generic-client'],
  [/is not authorized to access resource server/i, 'api-not-authorized'],
  [/Callback URL mismatch/i, 'callback-mismatch'],
  [/Unknown client|client is (not|no longer) known here/i, 'unknown-client'],
  [/too_many_entities|limit of entities|accepts no more clients/i, 'quota-reached'],
  [/Global limit has been reached|too_many_requests|receiving too many requests/i, 'tenant-rate-limit'],
  [/identity provider does not answer|signing keys of the tenant cannot be fetched/i, 'tenant-down'],
  [/not set up correctly/i, 'tenant-not-set-up'],
  [/too many requests/i, 'rate-limited'],
  [/cannot accept: The token has expired/, 'token-clock-skew'],
  [/cannot accept: The token is for another audience/, 'wrong-audience'],
];

/** The cause of a known error text, wherever the text appears. Undefined if the text is not known. */
export function recognizeCause(text: string): ProblemId | undefined {
  return known.find(([words]) => words.test(text))?.[1];
}
