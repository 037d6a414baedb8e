import { type Check, problem } from '../check.ts';
import type { Examination } from '../examination.ts';

/** Whether `authorization_servers` names the MCP server itself and not the tenant behind it. */
export const authorizationServer: Check = {
  id: 'authorization-server',
  phase: 'Discovery',
  needs: 'sign-in',
  title: 'Clients sign in at this server',
  async run(examination) {
    const { issuer, url, resourceOrigin } = examination;
    if (!issuer) return { skipped: 'the metadata names no authorization server' };
    const named = URL.parse(issuer);
    if (!named || !/^https?:$/.test(named.protocol))
      return { skipped: 'the authorization server’s name is not a URL' };
    const seen = `authorization_servers names ${issuer}.`;
    if (isAuth0(examination)) return problem('authorization-server-auth0', seen);
    // A resource on another host has been reported. Its own authorization server is not a second problem.
    if (named.origin !== url.origin && named.origin !== resourceOrigin)
      return problem('authorization-server-elsewhere', seen);
    return { detail: seen };
  },
};

/** Recognises Auth0 by the host name, or by an endpoint that a tenant also has under a custom domain. */
function isAuth0({ issuer = '', server, options }: Examination): boolean {
  const url = URL.parse(issuer);
  return (
    url?.hostname.endsWith('.auth0.com') === true ||
    (url !== null && url.origin === options.tenant?.domain) ||
    server?.registrationEndpoint?.endsWith('/oidc/register') === true
  );
}
