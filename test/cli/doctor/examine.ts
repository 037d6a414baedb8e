import type { Options } from '../../../cli/doctor/examination.ts';
import { examine } from '../../../cli/doctor/examine.ts';
import type { Finding } from '../../../cli/doctor/finding.ts';
import type { TenantCredentials } from '../../../cli/doctor/management.ts';
import { signIn } from '../../support/browser-user.ts';
import type { TestStack } from '../../support/stack.ts';

/** Examines a URL as the command does. Nobody is at the browser unless `options` says so. */
export function examineUrl(url: string, options: Partial<Options> = {}): Promise<Finding[]> {
  return examine({
    url,
    signIn: false,
    directory: false,
    testUser: undefined,
    timeoutMs: undefined,
    signInTimeoutMs: 10_000,
    bypassSecret: undefined,
    tenant: undefined,
    presentSignIn: () => {},
    ...options,
  });
}

/** Ids of the problems, in the order found. */
export function wrong(findings: Finding[]): string[] {
  return findings.filter(({ fix }) => fix !== undefined).map(({ id }) => id);
}

/** The level that each check ended with. */
export function levels(findings: Finding[]): Record<string, string> {
  return Object.fromEntries(findings.map(({ check, level }) => [check, level]));
}

/** The checks that need a sign-in, after one that found no problems. */
export const signedInLevels = {
  'sign-in': 'ok',
  'protocol-2025-11-25': 'ok',
  'protocol-2026-07-28': 'ok',
  refresh: 'ok',
  revocation: 'ok',
};

/** The demo user, who signs in at any URL that the doctor presents. */
export const demoUserSignsIn: Partial<Options> = {
  signIn: true,
  presentSignIn: (url) => void signIn(url).then((back) => fetch(back)),
};

/** A user who is already signed in at the fake server. */
export const fakeUserSignsIn: Partial<Options> = {
  signIn: true,
  // A browser shows its own error if a server redirects in circles.
  presentSignIn: (url) => void fetch(`${url}&approved`).catch(() => {}),
};

/** The local tenant's credentials. */
export function tenantOf({ tenant, env, serverUrl }: TestStack): TenantCredentials {
  return {
    domain: tenant.origin,
    clientId: env.AUTH0_CLIENT_ID ?? '',
    clientSecret: env.AUTH0_CLIENT_SECRET ?? '',
    managementAudience: `${tenant.origin}/api/v2/`,
    connections: ['Username-Password-Authentication', 'google-oauth2'],
    audience: serverUrl,
    permissions: async () => [],
    apiClientId: undefined,
    connectedAccounts: [],
  };
}
