import { hasSignIn, readConfig, type SignInConfig } from '../../lib/config.ts';

/** The environment of a deployment at https://mcp.example.com, without a store. */
export const baseEnvironment = {
  SERVER_URL: 'https://mcp.example.com',
  AUTH0_DOMAIN: 'acme.eu.auth0.com',
  AUTH0_CLIENT_ID: 'management-application',
  AUTH0_CLIENT_SECRET: 'management-secret-that-protects-nothing',
};

/** That deployment's configuration, with changes to its environment. */
export function testConfig(env: Record<string, string> = {}): SignInConfig {
  return configOf({ ...baseEnvironment, ...env });
}

/** The configuration of a deployment with sign-in, from its environment. */
export function configOf(env: Record<string, string | undefined>): SignInConfig {
  const result = readConfig(env);
  if ('failure' in result) throw new Error(result.failure.map(({ variable }) => variable).join(', '));
  if (!hasSignIn(result.value)) throw new Error('sign-in is off');
  return result.value;
}
