/**
 * What Vercel provides with each invocation, read from the same place as `@vercel/functions` reads it. Loading that package
 * would take a tenth of a cold start. A test compares the two.
 */

type Invocation = { waitUntil?(promise: Promise<unknown>): void; deadline?: string };

const registry = Symbol.for('@vercel/request-context');

function current(): Invocation {
  const holder = globalThis as { [registry]?: { get?(): Invocation | undefined } };
  return holder[registry]?.get?.() ?? {};
}

/** Keeps the instance running until the promise settles, even after the response. Has no effect outside Vercel. */
export function waitUntil(promise: Promise<unknown>): void {
  current().waitUntil?.(promise);
}

/** When the platform ends this invocation, in milliseconds since the epoch. Undefined where it does not say. */
export function deadlineMs(): number | undefined {
  const ms = Date.parse(current().deadline ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}
