import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { identity } from '../../../lib/tools/identity.ts';
import { accessToken } from '../../support/access-token.ts';
import { modern, poster } from '../../support/mcp-request.ts';
import { aiCatalog, serverCard } from '../../support/published-schemas.ts';
import { getAs } from '../../support/request-as.ts';
import { useStack } from '../../support/stack.ts';

const other = 'https://preview.example.com';
const stack = useStack({ env: { ALLOWED_ORIGINS: other } });
const withoutSignIn = useStack({ env: { OAUTH_ENABLED: 'false' } });

const cardType = 'application/mcp-server-card+json';
const catalog = z.strictObject({
  specVersion: z.literal('draft'),
  entries: z.tuple([
    z.strictObject({
      identifier: z.string().regex(/^urn:air:[\w.-]+:[\w.-]+$/),
      displayName: z.string().min(1),
      type: z.literal(cardType),
      url: z.url(),
    }),
  ]),
});
const documents = [
  '/.well-known/ai-catalog.json',
  '/.well-known/mcp/catalog.json',
  '/.well-known/mcp/server-card.json',
  '/mcp/server-card',
];

describe('discovery', () => {
  it('leads from the catalog to the card to the server, which says the same of itself', async () => {
    const [entry] = catalog.parse(
      await (await fetch(`${stack().serverUrl}/.well-known/mcp/catalog.json`)).json(),
    ).entries;
    expect(entry.url).toBe(`${stack().mcpUrl}/server-card`);
    const response = await fetch(entry.url, { headers: { accept: cardType } });
    expect(response.headers.get('content-type')).toBe(cardType);
    const { name, version, title, description, remotes } = serverCard.parse(await response.json());
    expect(remotes[0]?.url).toBe(stack().mcpUrl);
    expect(entry.identifier.split(':').at(-1)).toBe(name.split('/').at(-1));

    const post = poster({ serverUrl: remotes[0]?.url ?? '' }, await accessToken(stack()), '');
    const { last } = await post(...modern('server/discover'));
    const serverInfo = { name: name.split('/').at(-1), version, title, description };
    expect(JSON.stringify(last.result)).toContain(JSON.stringify(serverInfo).slice(1, -1));
  });

  it.each(documents)(
    '%s is public, readable from any page, and kept for an hour, with and without sign-in',
    async (path) => {
      for (const { serverUrl } of [stack(), withoutSignIn()]) {
        const { status, headers } = await fetch(serverUrl + path);
        expect(status).toBe(200);
        expect(headers.get('access-control-allow-origin')).toBe('*');
        expect(headers.get('cache-control')).toBe('public, max-age=3600');
      }
      const preflight = await fetch(stack().serverUrl + path, { method: 'OPTIONS' });
      expect(preflight.headers.get('access-control-allow-methods')).toContain('GET');
    },
  );

  it('the AI Catalog of the current draft leads to the same card', async () => {
    const response = await fetch(`${stack().serverUrl}/.well-known/ai-catalog.json`);
    expect(response.headers.get('content-type')).toBe('application/ai-catalog+json');
    const { hostname } = new URL(stack().serverUrl);
    expect(await response.json()).toEqual({
      specVersion: '1.0',
      entries: [
        {
          identifier: `urn:air:${hostname}:mcp:${identity.name}`,
          type: cardType,
          url: `${stack().mcpUrl}/server-card`,
        },
      ],
    });
  });

  it('the AI Catalog of each origin leads to the card of that origin, and both fit their published schemas', async () => {
    for (const origin of [stack().serverUrl, other]) {
      const { host } = new URL(origin);
      const { entries } = aiCatalog.parse(
        await (await getAs(`${stack().serverUrl}/.well-known/ai-catalog.json`, { host })).json(),
      );
      expect(entries.map(({ url }) => url)).toEqual([`${origin}/mcp/server-card`]);
      const card = await getAs(`${stack().serverUrl}/mcp/server-card`, { host });
      expect(serverCard.parse(await card.json()).remotes).toEqual([
        { type: 'streamable-http', url: `${origin}/mcp` },
      ]);
    }
  });

  it.each(documents)('%s is not sent again to a client that has it', async (path) => {
    const url = stack().serverUrl + path;
    const first = await fetch(url);
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]{43}"$/);
    expect(first.headers.get('access-control-expose-headers')).toContain('ETag');
    for (const known of [etag, `"other", W/${etag}`, '*']) {
      const again = await fetch(url, { headers: { 'if-none-match': known } });
      expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([304, etag, '']);
      expect(again.headers.get('access-control-allow-origin')).toBe('*');
      expect(again.headers.get('cache-control')).toBe('public, max-age=3600');
    }
    const changed = await fetch(url, { headers: { 'if-none-match': '"other"' } });
    expect([changed.status, await changed.text()]).toEqual([200, await first.text()]);
    const elsewhere = await getAs(url, { host: 'preview.example.com', 'if-none-match': etag });
    expect(elsewhere.status).toBe(200);
  });

  it('the card is the same at both of its paths', async () => {
    const [one, other] = await Promise.all(
      ['/.well-known/mcp/server-card.json', '/mcp/server-card'].map(async (path) =>
        (await fetch(stack().serverUrl + path)).text(),
      ),
    );
    expect(one).toBe(other);
  });

  it.each([
    ['preview.example.com', other, 'com.example.preview'],
    ['evil.example', undefined, 'localhost'],
  ])('asked as %s, the card is that of a configured origin', async (host, origin, domain) => {
    const response = await getAs(`${stack().serverUrl}/mcp/server-card`, { host });
    expect(serverCard.parse(await response.json())).toMatchObject({
      name: `${domain}/${identity.name}`,
      remotes: [{ url: `${origin ?? stack().serverUrl}/mcp` }],
    });
  });
});
