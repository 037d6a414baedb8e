import type { Middleware } from 'koa';
import { readBody } from './body.ts';
import type { TenantState } from './model/state.ts';
import type { LoggedRequest } from './request-log.ts';
import { patchSwitches, switchesPatch } from './switches.ts';

/** `/_local/*`: what Auth0 does not have, for tests and tools outside this process. */
export function localEndpoints(
  state: TenantState,
  requests: readonly LoggedRequest[],
  rotateKeys: () => Promise<void>,
): Middleware {
  return async (ctx, next) => {
    switch (`${ctx.method} ${ctx.path}`) {
      case 'GET /_local/switches':
        ctx.body = state.switches;
        return;
      case 'PATCH /_local/switches': {
        const body = await readBody(ctx);
        const parsed = switchesPatch.safeParse(body.kind === 'json' ? body.value : undefined);
        if (parsed.success) patchSwitches(state.switches, parsed.data);
        else ctx.status = 400;
        ctx.body = parsed.success ? state.switches : { error: parsed.error.issues };
        return;
      }
      case 'GET /_local/requests':
        ctx.body = requests;
        return;
      case 'GET /_local/applications':
        ctx.body = [...state.applications.values()];
        return;
      case 'POST /_local/rotate-keys':
        await rotateKeys();
        ctx.status = 204;
        return;
      default:
        return next();
    }
  };
}
