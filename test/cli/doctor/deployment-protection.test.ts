import { describe, expect, onTestFinished, test } from 'vitest';
import { examineUrl, wrong } from './examine.ts';
import { healthyRoutes, resourceMetadata, serverMetadata } from './fake-mcp.ts';
import { type Route, type Routes, startFakeServer, type Visit } from './fake-server.ts';

const secret = 'a-bypass-secret-of-32-characters';
const header = 'x-vercel-protection-bypass';

/** Routes that answer like Vercel to requests without the bypass secret. */
function guarded(routes: Routes): Routes {
  const guard =
    (route: Route): Route =>
    (visit) => {
      if (visit.headers[header] === secret) return typeof route === 'function' ? route(visit) : route;
      return { status: 401, headers: { 'x-vercel-id': 'fra1::a' }, body: '<p>Vercel Authentication</p>' };
    };
  return new Map([...routes].map(([path, route]) => [path, guard(route)]));
}

async function protectedServer(): Promise<string> {
  const server = await startFakeServer((origin) => guarded(healthyRoutes(origin)));
  onTestFinished(server.close);
  return server.mcpUrl;
}

describe('a deployment behind Vercel’s Deployment Protection', () => {
  test('is examined completely with the bypass secret, with a warning about clients without it', async () => {
    expect(wrong(await examineUrl(await protectedServer(), { bypassSecret: secret }))).toEqual([
      'protection-bypassed',
    ]);
  });

  test.for([undefined, 'a-wrong-secret'])('is not reached with the secret %s', async (bypassSecret) => {
    expect(wrong(await examineUrl(await protectedServer(), { bypassSecret }))).toEqual([
      'deployment-protection',
    ]);
  });
});

test('the secret alone is not a finding', async () => {
  const server = await startFakeServer(healthyRoutes);
  onTestFinished(server.close);
  expect(wrong(await examineUrl(server.mcpUrl, { bypassSecret: secret }))).toEqual([]);
});

test('the secret only goes to the examined origin, not to hosts in the metadata', async () => {
  const seen: Record<string, (string | undefined)[]> = { own: [], other: [] };
  const recorded = (routes: Routes, to: (string | undefined)[] = []) =>
    new Map(
      [...routes].map(([path, route]): [string, Route] => [
        path,
        (visit: Visit) => {
          to.push([visit.headers[header]].flat()[0]);
          return typeof route === 'function' ? route(visit) : route;
        },
      ]),
    );
  const other = await startFakeServer((origin) => recorded(healthyRoutes(origin), seen.other));
  onTestFinished(other.close);
  const server = await startFakeServer((origin) => {
    const metadata = resourceMetadata(origin, { authorization_servers: [other.origin] });
    const routes = healthyRoutes(origin)
      .set('GET /.well-known/oauth-protected-resource/mcp', { body: metadata })
      .set('GET /.well-known/oauth-authorization-server', { body: serverMetadata(other.origin) });
    return recorded(routes, seen.own);
  });
  onTestFinished(server.close);
  await examineUrl(server.mcpUrl, { bypassSecret: secret });
  expect(seen.own).toContain(secret);
  expect(seen.other?.length).toBeGreaterThan(3);
  expect(new Set(seen.other)).toEqual(new Set([undefined]));
});
