import type { ProblemKind } from './kind.ts';

/** Why a client gets no answer from the MCP server. */
export const reachProblems = {
  'url-not-https': {
    level: 'failure',
    title: 'The URL is not https',
    fix: 'Use the https URL. Plain http is only for localhost.',
  },
  'configuration-warning': {
    level: 'warning',
    title: 'The deployment works, but should be set up better',
    fix: 'Set what the finding names, then deploy again. `npm run setup` creates the secrets.',
  },
  'url-trailing-slash': {
    level: 'warning',
    title: 'The URL ends with a slash',
    fix: 'Paste the URL without the slash. Clients compare it with the server’s metadata character by character.',
  },
  'dns-not-found': {
    level: 'failure',
    title: 'The host name does not resolve',
    fix: 'Check the spelling and the domain’s DNS records. On Vercel, see Settings → Domains.',
  },
  'dns-private-address': {
    level: 'failure',
    title: 'The host name resolves to a private network',
    fix: 'Give the host a public address. Hosted clients such as claude.ai connect from the internet.',
  },
  'tls-failed': {
    level: 'failure',
    title: 'The TLS connection failed',
    fix: 'Check that the host serves https and that nothing in between interrupts the connection.',
  },
  'tls-untrusted': {
    level: 'failure',
    title: 'The certificate is not trusted',
    fix: 'Serve a certificate from a public authority for this exact host name, with its intermediate certificates.',
  },
  'tls-expired': {
    level: 'failure',
    title: 'The certificate has expired',
    fix: 'Renew it. Vercel renews certificates automatically if the domain’s DNS points to it.',
  },
  unreachable: {
    level: 'failure',
    title: 'The server does not answer',
    fix: 'Check that the server is running and that the host and port are right.',
  },
  timeout: {
    level: 'failure',
    title: 'The answer takes longer than clients wait',
    fix: 'Look for the slow part in the server’s log (store, tenant, cold start, region). Claude gives up after 10 s, for a refresh after 30 s.',
  },
  'answer-too-large': {
    level: 'failure',
    title: 'The answer is too large',
    fix: 'Keep metadata, registration, token and MCP answers well below 512 KiB. An event stream must contain the response before that.',
  },
  'compression-bomb': {
    level: 'failure',
    title: 'The answer is a compression bomb',
    fix: 'Find out what compresses this answer: the server or something in front of it. Clients that decompress it abort, hang or run out of memory.',
  },
  'deployment-protection': {
    level: 'failure',
    title: 'Vercel Deployment Protection blocks the server',
    fix: 'Use the production domain, or turn protection off for previews: npm run setup -- --only previews --previews open, or Vercel → Settings → Deployment Protection. MCP clients cannot pass a login page.',
  },
  'protection-bypassed': {
    level: 'warning',
    title: 'Vercel Deployment Protection blocks clients without the bypass secret',
    fix: 'Only clients that send x-vercel-protection-bypass with every request can connect. For Claude and other hosted clients, turn protection off for this deployment in Vercel → Settings → Deployment Protection.',
  },
  'bot-challenge': {
    level: 'failure',
    title: 'A bot challenge blocks the server',
    fix: 'Let MCP and OAuth requests through: Vercel → Firewall (Attack Challenge Mode, Bot Protection), or the equivalent in Cloudflare or another firewall. No MCP client can solve a challenge.',
  },
  redirected: {
    level: 'failure',
    title: 'The server redirects',
    fix: 'Paste the URL that it redirects to. Clients do not follow redirects of a POST.',
  },
  'not-found': {
    level: 'failure',
    title: 'There is no MCP endpoint at this URL',
    fix: 'Check the path, which is usually /mcp, and that the deployment exists and its build finished.',
  },
  'not-mcp': {
    level: 'failure',
    title: 'The answer does not come from an MCP server',
    fix: 'Check the URL. A website, a proxy or a login page answers here.',
  },
  misconfigured: {
    level: 'failure',
    title: 'The deployment is not configured',
    fix: 'Set the listed environment variables for this environment and deploy again. Production and preview have separate values.',
  },
  'server-error': {
    level: 'failure',
    title: 'The server fails',
    fix: 'Look at the server’s log for this minute. On Vercel: Logs, or vercel logs.',
  },
  'rate-limited': {
    level: 'failure',
    title: 'The server reports too many requests',
    fix: 'Wait a minute and try again. If it persists, raise the limit.',
  },
  'clock-skew': {
    level: 'warning',
    title: 'The clocks differ',
    fix: 'Set this machine’s clock (NTP) and check the server’s. Tokens are refused if the clocks differ.',
  },
  'no-sign-in': {
    level: 'warning',
    title: 'The server requires no sign-in',
    fix: 'If you did not intend this and use this project, remove OAUTH_ENABLED=false.',
  },
} as const satisfies Record<string, ProblemKind>;
