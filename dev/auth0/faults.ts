import { setTimeout as delay } from 'node:timers/promises';
import type { Middleware } from 'koa';
import type { Fault, Switches } from './switches.ts';

/** Whether a fault's key (`[METHOD ]path`, `*` for one segment) matches this request. */
export function matchesFault(key: string, method: string, path: string): boolean {
  const [first = '', second] = key.split(' ', 2);
  const [wantedMethod, pattern] = second === undefined ? [undefined, first] : [first, second];
  if (wantedMethod !== undefined && wantedMethod !== method) return false;
  const wanted = pattern.split('/');
  const actual = path.split('/');
  return wanted.length === actual.length && wanted.every((part, at) => part === '*' || part === actual[at]);
}

/** Middleware that applies the faults in `switches.faults`. */
export function injectFaults(switches: Switches): Middleware {
  // Counted per fault object: setting a fault again starts counting again.
  const seen = new WeakMap<Fault, number>();

  return async (ctx, next) => {
    const entry = Object.entries(switches.faults).find(([key]) => matchesFault(key, ctx.method, ctx.path));
    if (entry === undefined) return next();
    const [, fault] = entry;
    const count = (seen.get(fault) ?? 0) + 1;
    seen.set(fault, count);
    if (fault.nth !== undefined && fault.nth !== count) return next();

    if (fault.after) await next();
    if (fault.delayMs !== undefined) await delay(fault.delayMs);
    // Nobody waits any more, and what was left of the request's body is gone.
    if (ctx.req.socket.destroyed) ctx.respond = false;
    else if (fault.cut) {
      await next();
      const text = typeof ctx.body === 'string' ? ctx.body : JSON.stringify(ctx.body ?? '');
      ctx.body = text.slice(0, text.length / 2);
      ctx.type = 'json';
    } else if (fault.hang) {
      ctx.respond = false;
    } else if (fault.reset) {
      ctx.respond = false;
      ctx.req.socket.destroy();
    } else if (fault.status !== undefined) {
      ctx.status = fault.status;
      // The type of this body, not of the answer that is lost.
      ctx.body = fault.body ?? `<html><body><h1>${fault.status}</h1></body></html>`;
      ctx.type = typeof ctx.body === 'string' ? 'html' : 'json';
      ctx.set(fault.headers ?? {});
    } else if (!fault.after) {
      await next();
    }
  };
}
