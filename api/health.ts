import type { ConfigProblem } from '../lib/environment.ts';
import { checkHealth } from '../lib/health.ts';
import { hasBearerSecret } from '../lib/http/bearer-secret.ts';
import { type Context, endpoint } from '../lib/http/endpoint.ts';
import { identity } from '../lib/tools/identity.ts';

const noStore = { 'cache-control': 'no-store' };

export default endpoint({ name: 'health', methods: { GET: health }, cors: true, misconfigured });

async function health(request: Request, { config, origin }: Context): Promise<Response> {
  const { store, tenant } = await checkHealth(config);
  const degraded = store.state === 'unreachable' || tenant.state === 'unreachable';
  const { environment, commit, region } = config.deployment;
  const summary = {
    status: degraded ? 'degraded' : 'ok',
    name: identity.name,
    version: identity.version,
    origin,
    environment,
    configuration: 'complete',
    store: store.state,
    tenant: tenant.state,
    warnings: config.warnings,
  };
  if (!hasBearerSecret(request, config.cronSecret)) return Response.json(summary, { headers: noStore });
  const details = {
    commit,
    region,
    node: process.version,
    origins: config.origins,
    signIn: config.oauth !== undefined,
    invalidFeatures: await invalidFeatures(),
    storeMs: store.ms,
    tenantMs: tenant.ms,
  };
  return Response.json({ ...summary, details }, { headers: noStore });
}

/** Loads the tools for the operator only: a monitor's cold start does not wait for them. */
async function invalidFeatures() {
  const [{ features }, { checkFeatures }] = await Promise.all([
    import('../lib/tools/index.ts'),
    import('../lib/mcp/define/check.ts'),
  ]);
  return checkFeatures(features).findings.map(({ definedAt, ...finding }) => finding);
}

function misconfigured(problems: ConfigProblem[]): Response {
  return Response.json(
    {
      status: 'misconfigured',
      name: identity.name,
      version: identity.version,
      configuration: 'incomplete',
      problems,
    },
    { status: 503, headers: noStore },
  );
}
