import type { Environment } from '../environment.ts';

/** How customers' organizations are used (`ORGANIZATIONS`, `ORGANIZATION_DOMAIN`). */
export type OrganizationSettings = {
  /** Whether every sign-in must be to an organization. */
  required: boolean;
  /** Where organizations have origins of their own, `acme.example.com`; undefined if they have none. */
  domain: { scheme: 'https:' | 'http:'; host: string } | undefined;
};

const variable = 'ORGANIZATION_DOMAIN';

/** Domains below which everybody can have a host, and where a deployment cannot have a wildcard. */
const shared = /(?:^|\.)(?:vercel\.app|now\.sh)$/;

/** Reads `ORGANIZATIONS` and `ORGANIZATION_DOMAIN`; undefined if organizations are off. */
export function readOrganizations(environment: Environment): OrganizationSettings | undefined {
  const { text, oneOf, problem } = environment;
  const mode = oneOf('ORGANIZATIONS', ['off', 'optional', 'required'] as const, 'off');
  if (mode === 'off') {
    if (text(variable))
      problem(variable, 'Has no effect without ORGANIZATIONS: set it to optional or required.');
    return undefined;
  }
  return { required: mode === 'required', domain: readDomain(environment) };
}

function readDomain({ text, onVercel, problem }: Environment): OrganizationSettings['domain'] {
  const value = text(variable)?.toLowerCase();
  if (value === undefined) return undefined;
  // Browsers and the local stack take every name below localhost for this machine.
  if (!onVercel && /^localhost(?::\d+)?$/.test(value)) return { scheme: 'http:', host: value };
  const { host } = URL.parse(`https://${value}`) ?? { host: '' };
  if (host !== value || !/^(?:[a-z0-9-]+\.)+[a-z0-9-]*[a-z][a-z0-9-]*$/.test(value) || shared.test(value))
    return problem(variable, 'Set it to a domain of yours without scheme and asterisk, such as example.com.');
  return { scheme: 'https:', host: value };
}
