import type { ProblemId } from './problems.ts';

const known: [RegExp, ProblemId][] = [
  [/Service not found/i, 'service-not-found'],
  [/no connections enabled for the client/i, 'connection-not-enabled'],
  [/is not a domain connection/i, 'generic-client'],
  [/is not authorized to access resource server/i, 'api-not-authorized'],
  [/Callback URL mismatch/i, 'callback-mismatch'],
  [/Unknown client/i, 'unknown-client'],
  [/too_many_entities|limit of entities|application limit|no (more|further) applications/i, 'quota-reached'],
  [/Global limit has been reached|too_many_requests/i, 'tenant-rate-limit'],
];

/** The cause behind Auth0's own words, wherever they surface; undefined when they say nothing known. */
export function recogniseAuth0Error(text: string): ProblemId | undefined {
  return known.find(([pattern]) => pattern.test(text))?.[1];
}
