import type { ConfigProblem } from '../lib/environment.ts';
import { checkHealth } from '../lib/health.ts';
import { hasBearerSecret } from '../lib/http/bearer-secret.ts';
import { type Context, endpoint } from '../lib/http/endpoint.ts';
import { checkFeatures } from '../lib/mcp/define/check.ts';
import { identity } from '../lib/tools/identity.ts';
import { features } from '../lib/tools/index.ts';

const noStore = { 'cache-control': 'no-store' };

export default endpoint({ name: 'health', methods: { GET: health }, cors: true, misconfigured });

async function health(request: Request, { config, origin }: Context): Promise<Response> {
  const { store, tenant } = await checkHealth(config);
  const { findings, servable } = checkFeatures(features);
  const complete = servable.length === features.length;
  const degraded = store.state === 'unreachable' || tenant.state === 'unreachable' || !complete;
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
    invalidFeatures: findings.map(({ definedAt, ...finding }) => finding),
    storeMs: store.ms,
    tenantMs: tenant.ms,
  };
  return Response.json({ ...summary, details }, { headers: noStore });
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
