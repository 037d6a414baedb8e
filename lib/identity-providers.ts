import type { Environment } from './environment.ts';
import { z } from './schema.ts';
import { isScope } from './scope-rules.ts';
import { baselineScopes, type Scope } from './scopes.ts';

const variable = 'ENTERPRISE_IDENTITY_PROVIDERS';

/** Where a subject template takes the identity provider's own `sub`. */
export const subjectPlaceholder = '{sub}';

const entries = z.array(
  z.strictObject({
    issuer: z.string(),
    jwks_uri: z.string(),
    subject: z.string().max(200),
    scopes: z
      .array(z.custom<Scope>((value) => typeof value === 'string' && isScope(value)))
      .min(1)
      .optional(),
  }),
);

/** A company's identity provider whose assertions are accepted (Enterprise-Managed Authorization). */
export type IdentityProvider = {
  /** `iss` of its assertions, compared as text. */
  issuer: string;
  jwksUri: string;
  /** The user that an assertion is about, with `{sub}` for the identity provider's own id: `oidc|acme|{sub}`. */
  subject: string;
  /** The most that its assertions may grant. */
  scopes: string[];
};

/** Reads `ENTERPRISE_IDENTITY_PROVIDERS`, a JSON array. */
export function readIdentityProviders({ text, url, problem }: Environment): IdentityProvider[] {
  const value = text(variable);
  if (value === undefined) return [];
  const parsed = entries.safeParse(parse(value));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    problem(
      variable,
      `Not a list of identity providers (${issue?.path.join('.') || 'JSON'}). See docs/enterprise.md.`,
    );
    return [];
  }
  const providers: IdentityProvider[] = [];
  for (const { issuer, jwks_uri, subject, scopes = [...baselineScopes] } of parsed.data) {
    const addresses = [url(variable, issuer), url(variable, jwks_uri)];
    if (addresses.includes(undefined)) continue;
    const parts = subject.split(subjectPlaceholder);
    // The part before the placeholder keeps one company's users apart from everybody else.
    if (parts.length !== 2 || parts[1] !== '' || !/^[\w.-]+\|(?:[\w.-]+\|)*$/.test(parts[0] ?? ''))
      problem(
        variable,
        `Each subject must be a prefix that ends with | and then ${subjectPlaceholder}, such as oidc|acme|${subjectPlaceholder}.`,
      );
    else providers.push({ issuer, jwksUri: jwks_uri, subject, scopes });
  }
  if (new Set(providers.map(({ issuer }) => issuer)).size < providers.length)
    problem(variable, 'Names an issuer twice.');
  return providers;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
