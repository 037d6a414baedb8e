import type { Environment } from './environment.ts';
import { isOrganizationName } from './organizations/name.ts';
import type { OrganizationSettings } from './organizations/settings.ts';
import { isScope } from './scope-rules.ts';
import { baselineScopes } from './scopes.ts';

const variable = 'ENTERPRISE_IDENTITY_PROVIDERS';

/** Where a subject template takes the identity provider's own `sub`. */
export const subjectPlaceholder = '{sub}';

/** A company's identity provider whose assertions are accepted (Enterprise-Managed Authorization). */
export type IdentityProvider = {
  /** `iss` of its assertions, compared as text. */
  issuer: string;
  jwksUri: string;
  /** The user that an assertion is about, with `{sub}` for the identity provider's own id: `oidc|acme|{sub}`. */
  subject: string;
  /** The most that its assertions may grant. */
  scopes: string[];
  /** The name of the organization that its users are in; undefined for users outside organizations. */
  organization?: string | undefined;
};

/**
 * What is wrong with the organizations of identity providers: one is named although the server knows none, or is missing
 * although everybody must be in one.
 */
export function checkOrganizations(
  { problem }: Environment,
  providers: IdentityProvider[],
  organizations: OrganizationSettings | undefined,
): void {
  if (!organizations && providers.some(({ organization }) => organization))
    problem(variable, 'Names an organization, but ORGANIZATIONS is off.');
  if (organizations?.required && providers.some(({ organization }) => !organization))
    problem(variable, 'Each needs an organization, because ORGANIZATIONS is required.');
}

/** Reads `ENTERPRISE_IDENTITY_PROVIDERS`, a JSON array. */
export function readIdentityProviders({ text, url, problem }: Environment): IdentityProvider[] {
  const value = text(variable);
  if (value === undefined) return [];
  const entries = parse(value);
  if (!Array.isArray(entries) || !entries.every(isEntry)) {
    const index = Array.isArray(entries) ? entries.findIndex((entry) => !isEntry(entry)) : 'JSON';
    problem(variable, `Not a list of identity providers (${index}). See docs/enterprise.md.`);
    return [];
  }
  const providers: IdentityProvider[] = [];
  for (const { issuer, jwks_uri, subject, organization, scopes = [...baselineScopes] } of entries) {
    const addresses = [url(variable, issuer), url(variable, jwks_uri)];
    if (addresses.includes(undefined)) continue;
    const parts = subject.split(subjectPlaceholder);
    // The part before the placeholder keeps one company's users apart from everybody else.
    if (parts.length !== 2 || parts[1] !== '' || !/^[\w.-]+\|(?:[\w.-]+\|)*$/.test(parts[0] ?? ''))
      problem(
        variable,
        `Each subject must be a prefix that ends with | and then ${subjectPlaceholder}, such as oidc|acme|${subjectPlaceholder}.`,
      );
    else providers.push({ issuer, jwksUri: jwks_uri, subject, scopes, organization });
  }
  if (new Set(providers.map(({ issuer }) => issuer)).size < providers.length)
    problem(variable, 'Names an issuer twice.');
  return providers;
}

type Entry = { issuer: string; jwks_uri: string; subject: string; scopes?: string[]; organization?: string };

// By hand: the configuration is read in every function, most of which start without a schema library.
function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false;
  const { issuer, jwks_uri, subject, scopes, organization, ...others } = value as Record<string, unknown>;
  return (
    typeof issuer === 'string' &&
    typeof jwks_uri === 'string' &&
    typeof subject === 'string' &&
    subject.length <= 200 &&
    (scopes === undefined || isScopeList(scopes)) &&
    (organization === undefined || (typeof organization === 'string' && isOrganizationName(organization))) &&
    Object.keys(others).length === 0
  );
}

function isScopeList(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((scope) => typeof scope === 'string' && isScope(scope))
  );
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
