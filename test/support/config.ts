import { type Config, type OAuthConfig, readConfig } from '../../lib/config.ts';

/** The environment of a deployment at https://mcp.example.com, without a store. */
export const baseEnvironment = {
  SERVER_URL: 'https://mcp.example.com',
  AUTH0_DOMAIN: 'acme.eu.auth0.com',
  AUTH0_CLIENT_ID: 'management-application',
  AUTH0_CLIENT_SECRET: 'management-secret-that-protects-nothing',
};

/** That deployment's configuration, with changes to its environment. */
export function testConfig(env: Record<string, string> = {}): Config & { oauth: OAuthConfig } {
  const result = readConfig({ ...baseEnvironment, ...env });
  if ('problems' in result) throw new Error(result.problems.map(({ variable }) => variable).join(', '));
  const { config } = result;
  if (!config.oauth) throw new Error('sign-in is off');
  return { ...config, oauth: config.oauth };
}
