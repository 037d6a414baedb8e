import type { Context, Middleware } from 'koa';
import { z } from 'zod';
import { readBody } from './body.ts';
import { matchPath } from './management/route.ts';
import type { TenantState } from './model/state.ts';
import type { User } from './model/users.ts';
import type { LoggedRequest } from './request-log.ts';
import { patchSwitches, switchesPatch } from './switches.ts';

const userPatch = z.strictObject({
  blocked: z.boolean().optional(),
  permissions: z.array(z.string()).nullish(),
});

/** `/_local/*`: what Auth0 does not have, for tests and tools outside this process. */
export function localEndpoints(
  state: TenantState,
  requests: readonly LoggedRequest[],
  rotateKeys: () => Promise<void>,
): Middleware {
  return async (ctx, next) => {
    const email = matchPath('/_local/users/:email', ctx.path)?.email;
    if (ctx.method === 'PATCH' && email !== undefined) return patchUser(state, ctx, email);
    switch (`${ctx.method} ${ctx.path}`) {
      case 'GET /_local/switches':
        ctx.body = state.switches;
        return;
      case 'PATCH /_local/switches': {
        const patch = await readPatch(ctx, switchesPatch);
        if (patch === undefined) return;
        patchSwitches(state.switches, patch);
        ctx.body = state.switches;
        return;
      }
      case 'GET /_local/users':
        ctx.body = state.users.map(visible);
        return;
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

function visible({ user_id, email, name, permissions, blocked = false }: User) {
  return { user_id, email, name, permissions: permissions ?? null, blocked };
}

async function patchUser(state: TenantState, ctx: Context, email: string): Promise<void> {
  const user = state.users.find((each) => each.email === email);
  if (user === undefined) {
    ctx.status = 404;
    ctx.body = { error: `There is no user ${email}` };
    return;
  }
  const patch = await readPatch(ctx, userPatch);
  if (patch === undefined) return;
  if (patch.blocked !== undefined) user.blocked = patch.blocked;
  if (patch.permissions === null) delete user.permissions;
  else if (patch.permissions !== undefined) user.permissions = patch.permissions;
  ctx.body = visible(user);
}

/** The body of a PATCH. Answers 400 and returns undefined if it is not valid. */
async function readPatch<T>(ctx: Context, schema: z.ZodType<T>): Promise<T | undefined> {
  const body = await readBody(ctx);
  const parsed = schema.safeParse(body.kind === 'json' ? body.value : undefined);
  if (parsed.success) return parsed.data;
  ctx.status = 400;
  ctx.body = { error: parsed.error.issues };
  return undefined;
}
