import { checkHealth, type Health } from '../lib/health.ts';
import { type Context, endpoint } from '../lib/http/endpoint.ts';
import { identity, serverTitle } from '../lib/identity.ts';
import { hasAccountsFor } from '../lib/mcp/define/accounts.ts';
import { checkFeatures } from '../lib/mcp/define/check.ts';
import { mcpResource } from '../lib/origin.ts';
import { landingPage, unfinishedPage } from '../lib/pages/landing.ts';
import { features } from '../lib/tools/index.ts';

/** How long the page waits for the health checks. */
const healthTimeoutMs = 400;

export default endpoint({
  name: 'landing',
  methods: { GET: landing },
  misconfigured: (problems) => withVary(unfinishedPage(problems)),
});

async function landing(_request: Request, { config, origin }: Context): Promise<Response> {
  const page = landingPage({
    origin,
    url: mcpResource(origin),
    name: identity.name,
    title: serverTitle,
    description: identity.description,
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

/** MCP clients get another answer at this URL, so a cache must tell them apart. */
function withVary(response: Response): Response {
  response.headers.set('vary', 'accept, authorization');
  return response;
}

function withTimeout(health: Promise<Health>): Promise<Health | undefined> {
  return Promise.race([health, new Promise<undefined>((resolve) => setTimeout(resolve, healthTimeoutMs))]);
}
