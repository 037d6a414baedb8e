import { type Check, problem } from '../check.ts';
import type { Examination } from '../examination.ts';

/** Whether `authorization_servers` names the MCP server itself, not the tenant behind it. */
export const authorizationServer: Check = {
  id: 'authorization-server',
  phase: 'Discovery',
  needs: 'sign-in',
  title: 'Clients sign in at this server',
  async run(examination) {
    const { issuer, url, resourceOrigin } = examination;
    if (!issuer) return { skipped: 'no authorization server is named' };
    const named = URL.parse(issuer);
    if (!named || !/^https?:$/.test(named.protocol)) return { skipped: 'what is named is no URL' };
    const seen = `authorization_servers names ${issuer}.`;
    if (isAuth0(examination)) return problem('authorization-server-auth0', seen);
    // A resource on another host has been reported already; its own authorization server is no second fault.
    if (named.origin !== url.origin && named.origin !== resourceOrigin)
      return problem('authorization-server-elsewhere', seen);
    return { detail: seen };
  },
};

/** By the host name, or by the endpoints that an Auth0 tenant has under its custom domain too. */
function isAuth0({ issuer = '', server, options }: Examination): boolean {
  const url = URL.parse(issuer);
  return (
    url?.hostname.endsWith('.auth0.com') === true ||
    (url !== null && url.origin === options.tenant?.domain) ||
    server?.registrationEndpoint?.endsWith('/oidc/register') === true
  );
}
