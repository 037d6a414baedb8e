import type { ProblemKind } from '../problems.ts';

/** Why a client does not even get an answer from the MCP server. */
export const reachProblems = {
  'url-not-https': {
    level: 'failure',
    title: 'The URL is not https',
    fix: 'Use the https URL. Plain http is for localhost alone.',
  },
  'url-trailing-slash': {
    level: 'warning',
    title: 'The URL ends with a slash',
    fix: 'Paste the URL without the slash: clients compare it with the server’s metadata character by character.',
  },
  'dns-not-found': {
    level: 'failure',
    title: 'The host name does not resolve',
    fix: 'Check the spelling, and the domain’s DNS records; on Vercel see Settings → Domains.',
  },
  'dns-private-address': {
    level: 'failure',
    title: 'The host name leads to a private network',
    fix: 'Hosted clients such as claude.ai connect from the internet: give the host a public address.',
  },
  'tls-failed': {
    level: 'failure',
    title: 'No secure connection',
    fix: 'Check that the host serves https, and that nothing on the way interrupts it.',
  },
  'tls-untrusted': {
    level: 'failure',
    title: 'The certificate is not trusted',
    fix: 'Serve a certificate for this very host name from a public authority, with its intermediate certificates.',
  },
  'tls-expired': {
    level: 'failure',
    title: 'The certificate has expired',
    fix: 'Renew it. Vercel renews by itself once the domain’s DNS points to it.',
  },
  unreachable: {
    level: 'failure',
    title: 'Nothing answers',
    fix: 'Check that the server runs and that host and port are right.',
  },
  timeout: {
    level: 'failure',
    title: 'The answer takes longer than clients wait',
    fix: 'Look for what is slow in the server’s log (store, tenant, cold start, region); Claude gives up after 10 s, on refresh after 30 s.',
  },
  'deployment-protection': {
    level: 'failure',
    title: 'Vercel Deployment Protection stands before the server',
    fix: 'Use the production domain, or switch protection off for this deployment: Vercel → Settings → Deployment Protection. MCP clients cannot pass a login page.',
  },
  'bot-challenge': {
    level: 'failure',
    title: 'A bot challenge stands before the server',
    fix: 'Let MCP and OAuth requests through: Vercel → Firewall (Attack Challenge Mode, Bot Protection), or the same in Cloudflare or your other firewall. No MCP client can solve a challenge.',
  },
  redirected: {
    level: 'failure',
    title: 'The server redirects',
    fix: 'Paste the URL that it redirects to: clients do not follow redirects with a POST.',
  },
  'not-found': {
    level: 'failure',
    title: 'There is no MCP endpoint at this URL',
    fix: 'Check the path, usually /mcp, and that the deployment exists and finished building.',
  },
  'not-mcp': {
    level: 'failure',
    title: 'Something else than an MCP server answers',
    fix: 'Check the URL; a website, a proxy or a login page answers here.',
  },
  misconfigured: {
    level: 'failure',
    title: 'The deployment is not configured',
    fix: 'Set the named environment variables for this environment (production and preview are separate) and deploy again.',
  },
  'server-error': {
    level: 'failure',
    title: 'The server fails',
    fix: 'Look into the server’s log at this minute; on Vercel: Logs, or vercel logs.',
  },
  'rate-limited': {
    level: 'failure',
    title: 'The server answers that there were too many requests',
    fix: 'Wait a minute and try again; if it stays, raise the limit.',
  },
  'clock-skew': {
    level: 'warning',
    title: 'Clocks differ',
    fix: 'Set this machine’s clock (NTP) and check the server’s; tokens are refused when clocks differ.',
  },
  'no-sign-in': {
    level: 'warning',
    title: 'The server lets everyone in',
    fix: 'If that is not meant: on this project remove OAUTH_ENABLED=false.',
  },
} as const satisfies Record<string, ProblemKind>;
