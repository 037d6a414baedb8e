import { checkHealth, type Health } from '../lib/health.ts';
import { type Context, endpoint } from '../lib/http/endpoint.ts';
import { mcpResource } from '../lib/origin.ts';
import { landingPage, unfinishedPage } from '../lib/pages/landing.ts';
import { identity } from '../lib/tools/identity.ts';
import { features } from '../lib/tools/index.ts';

/** Milliseconds that the page waits for the health checks. */
const patience = 400;

export default endpoint({
  name: 'landing',
  methods: { GET: landing },
  misconfigured: (problems) => beside(unfinishedPage(problems)),
});

async function landing(_request: Request, { config, origin }: Context): Promise<Response> {
  const page = landingPage({
    origin,
    url: mcpResource(origin),
    name: identity.name,
    version: identity.version,
    signIn: config.oauth !== undefined,
    tools: features.filter((feature) => feature.kind === 'tool'),
    health: await inTime(checkHealth(config)),
  });
  return beside(page);
}

/** Another kind of client gets another answer at this URL: whoever keeps one must know. */
function beside(response: Response): Response {
  response.headers.set('vary', 'accept, authorization');
  return response;
}

function inTime(health: Promise<Health>): Promise<Health | undefined> {
  return Promise.race([health, new Promise<undefined>((resolve) => setTimeout(resolve, patience))]);
}
