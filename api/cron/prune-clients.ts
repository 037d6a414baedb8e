import { deadlineIn } from '../../lib/auth0/request.ts';
import { hasBearerSecret } from '../../lib/http/bearer-secret.ts';
import { endpoint, type SignInContext } from '../../lib/http/endpoint.ts';
import { OAuthError } from '../../lib/http/errors.ts';
import { annotate } from '../../lib/log.ts';
import { pruneClients } from '../../lib/oauth/client/application/prune.ts';

/** For one run; below the function's time limit of 60 s. */
const timeoutMs = 50_000;

/** Vercel's cron uses GET. `?dry_run=1` only reports what would be done; any value but 0 and false means yes. */
async function prune(request: Request, context: SignInContext): Promise<Response> {
  const { cronSecret } = context.config;
  if (!cronSecret)
    throw new OAuthError('invalid_request', 'The prune job is off: CRON_SECRET is not set.', { status: 404 });
  if (!hasBearerSecret(request, cronSecret))
    throw new OAuthError('invalid_token', 'Send CRON_SECRET as a bearer token.', {
      headers: { 'www-authenticate': 'Bearer realm="cron"' },
    });
  const asked = context.url.searchParams.get('dry_run');
  const dryRun = asked !== null && asked !== '0' && asked !== 'false';
  const report = await pruneClients(context.config, dryRun, deadlineIn(timeoutMs));
  const { removed, callbacks_removed, failed, complete } = report;
  annotate({
    dryRun,
    removed: removed.length,
    callbacksRemoved: callbacks_removed.length,
    failed: failed.length,
    complete,
  });
  return Response.json(report, { headers: { 'cache-control': 'no-store' } });
}

/** Removes clients that nobody uses. */
export default endpoint({ name: 'prune-clients', requires: 'oauth', methods: { GET: prune, POST: prune } });
