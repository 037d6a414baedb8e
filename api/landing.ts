import { checkHealth, type Health } from '../lib/health.ts';
import { type Context, endpoint } from '../lib/http/endpoint.ts';
import { identity, serverTitle } from '../lib/identity.ts';
import { hasAccountsFor } from '../lib/mcp/define/accounts.ts';
import { checkFeatures } from '../lib/mcp/define/check.ts';
import { mcpResource } from '../lib/origin.ts';
import { errorPage } from '../lib/pages/error.ts';
import { landingPage, unfinishedPage } from '../lib/pages/landing.ts';
import { privacyPage, privacyPath } from '../lib/pages/privacy.ts';
import { features } from '../lib/tools/index.ts';

/** How long the page waits for the health checks. */
const healthTimeoutMs = 400;

export default endpoint({
  name: 'landing',
  methods: { GET: landing },
  misconfigured: (problems) => withVary(unfinishedPage(problems)),
});

/** Two pages in one function, because the Hobby plan deploys 12. */
async function landing(_request: Request, context: Context): Promise<Response> {
  const { config, origin, url } = context;
  if (url.pathname === privacyPath) return privacy(context);
  const page = landingPage({
    origin,
    url: mcpResource(origin),
    name: identity.name,
    title: serverTitle,
    description: identity.description,
    examples: identity.examples ?? [],
    version: identity.version,
    signIn: config.oauth !== undefined,
    tools: checkFeatures(features)
      .servable.filter((feature) => feature.kind === 'tool')
      .filter((tool) => hasAccountsFor(tool, config.oauth?.connectedAccounts ?? [])),
    warnings: config.warnings,
    health: await withTimeout(checkHealth(config)),
  });
  return withVary(page);
}

/** Only if the identity links to it: otherwise the server's policy is elsewhere, or it has none. */
function privacy(context: Context): Response {
  return identity.links?.privacy === privacyPath
    ? privacyPage({
        origin: context.origin,
        signIn: context.config.oauth !== undefined,
        callsOtherApis: context.config.oauth?.apiClient !== undefined,
        connectsAccounts: (context.config.oauth?.connectedAccounts.length ?? 0) > 0,
        organizations: context.config.organizations !== undefined,
      })
    : errorPage(
        {
          title: 'There is no page here',
          message: 'This server has no privacy page of its own.',
          advice: 'Its front page links to what it has.',
          status: 404,
          link: { text: 'Front page', href: '/' },
        },
        context,
      );
}

/** MCP clients get another answer at this URL, so a cache must tell them apart. */
function withVary(response: Response): Response {
  response.headers.set('vary', 'accept, authorization');
  return response;
}

function withTimeout(health: Promise<Health>): Promise<Health | undefined> {
  return Promise.race([health, new Promise<undefined>((resolve) => setTimeout(resolve, healthTimeoutMs))]);
}
