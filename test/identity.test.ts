import { describe, expect, it } from 'vitest';
import { accessToken } from './support/access-token.ts';
import { brand, useServerWith } from './support/branded-server.ts';
import { initialize, type JsonRpc, modern, poster } from './support/mcp-request.ts';
import { oauthClient } from './support/oauth-client.ts';
import { serverCard } from './support/published-schemas.ts';

const html = { headers: { accept: 'text/html' } };

describe('a server with an identity of its own', () => {
  const stack = useServerWith(brand);

  /** The pages that a user meets, by what is done to see each. */
  const pages: [string, () => Promise<Response>][] = [
    ['the front page', () => fetch(stack().serverUrl, html)],
    [
      'the consent page',
      async () => {
        const client = oauthClient(stack().serverUrl);
        return fetch(client.authorizationUrl(await client.register()), html);
      },
    ],
    ['an error page', () => fetch(`${stack().serverUrl}/authorize?client_id=unknown`, html)],
    ['the error page of the callback', () => fetch(`${stack().serverUrl}/callback?state=forged`, html)],
    ['the connections page', () => fetch(`${stack().serverUrl}/connections`, html)],
  ];

  it.each(pages)('%s shows title, logo and links, and always the host', async (_, open) => {
    const response = await open();
    const page = await response.text();
    const [line = ''] = /<p class="server">[\s\S]*?<\/p>/.exec(page) ?? [];
    expect(page).toMatch(/<(strong|h1)>Acme Orders<\/\1>/);
    expect(line).toContain(new URL(stack().serverUrl).host);
    expect(line).toContain('<img src="/acme.svg"');
    for (const url of [brand.websiteUrl, ...Object.values(brand.links)])
      expect(page).toContain(`<a href="${url}" target="_blank" rel="noreferrer">`);
    expect(response.headers.get('content-security-policy')).toContain(
      `; img-src ${stack().serverUrl}/acme.svg; `,
    );
  });

  it('has a server card that fits the published schema', async () => {
    const { name, version, title, description, websiteUrl } = brand;
    const card = await (await fetch(`${stack().mcpUrl}/server-card`)).json();
    expect(serverCard.parse(card)).toMatchObject({ version, title, description, websiteUrl });
    expect(card.name).toBe(`localhost/${name}`);
  });

  it('serves its logo itself', async () => {
    const response = await fetch(`${stack().serverUrl}/acme.svg`);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/svg+xml']);
  });

  it('describes itself on the front page', async () => {
    const page = await (await fetch(stack().serverUrl, html)).text();
    expect(page).toContain('<title>Acme Orders – MCP server</title>');
    expect(page).toContain('<h1>Acme Orders</h1>');
    expect(page).toContain(brand.description);
  });

  it('shows things to ask for on the front page, as text', async () => {
    const page = await (await fetch(stack().serverUrl, html)).text();
    expect(page).toContain('“Refund order 7 &amp; tell me what it was.”');
  });

  it('has no privacy page of its own, because it links to a policy elsewhere', async () => {
    const response = await fetch(`${stack().serverUrl}/privacy`, html);
    expect([response.status, await response.text()]).toEqual([
      404,
      expect.stringContaining('no privacy page'),
    ]);
  });

  it('names its title and host where it asks for consent', async () => {
    const client = oauthClient(stack().serverUrl);
    const page = await (await fetch(client.authorizationUrl(await client.register()))).text();
    const { host } = new URL(stack().serverUrl);
    expect(page).toContain(`to use <strong>Acme Orders</strong> at <strong>${host}</strong> on your behalf`);
  });

  const { documentation, privacy, terms } = brand.links;
  it.each([
    [
      '/.well-known/oauth-protected-resource/mcp',
      {
        resource_name: 'Acme Orders',
        resource_documentation: documentation,
        resource_policy_uri: privacy,
        resource_tos_uri: terms,
      },
    ],
    ...['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'].map(
      (path): [string, Record<string, string>] => [
        path,
        { service_documentation: documentation, op_policy_uri: privacy, op_tos_uri: terms },
      ],
    ),
  ])('says so in %s', async (path, expected) => {
    expect(await (await fetch(stack().serverUrl + path)).json()).toMatchObject(expected);
  });

  describe('introduces itself to MCP clients', () => {
    const { name, version, title, description, websiteUrl } = brand;
    const implementation = { name, version, title, description, websiteUrl };
    const icon = () => ({ ...brand.icons[0], src: `${stack().serverUrl}/acme.svg` });

    const introduction = async (body: unknown, headers: Record<string, string>) => {
      const { last } = await poster(stack(), await accessToken(stack()))(body, headers);
      return serverInfoOf(last);
    };
    const discover = (clientName: string): [unknown, Record<string, string>] => {
      const [body, headers] = modern('server/discover');
      return [JSON.parse(JSON.stringify(body).replace('"raw"', JSON.stringify(clientName))), headers];
    };
    const begin = (clientName: string, revision?: string): [unknown, Record<string, string>] => {
      const { params, ...body } = initialize({}, revision);
      return [{ ...body, params: { ...params, clientInfo: { name: clientName, version: '1' } } }, {}];
    };

    it.each<[string, [unknown, Record<string, string>]]>([
      ['initialize, 2025-11-25', begin('vscode')],
      ['server/discover', discover('vscode')],
      ['Claude Code', begin('claude-code')],
    ])('with icons of its own origin: %s', async (_, [body, headers]) => {
      expect(await introduction(body, headers)).toEqual({ ...implementation, icons: [icon()] });
    });

    it.each<[string, [unknown, Record<string, string>], Record<string, string>]>([
      ['initialize of a revision without icons', begin('vscode', '2025-06-18'), {}],
      ['hosted Claude, by its user agent', begin('x'), { 'user-agent': 'Claude-User' }],
      ['hosted Claude, by its name', begin('Anthropic/ClaudeAI'), {}],
      ['hosted Claude that discovers', discover('Anthropic/Toolbox'), {}],
      ['an answer that introduces nothing', modern('tools/list'), {}],
    ])('without icons: %s', async (_, [body, headers], more) => {
      expect(await introduction(body, { ...headers, ...more })).toEqual(implementation);
    });
  });
});

/** In the legacy era a member of the result, in the modern one part of every result's `_meta`. */
function serverInfoOf({ result = {} }: JsonRpc): unknown {
  const meta = (result._meta ?? {}) as Record<string, unknown>;
  return result.serverInfo ?? meta['io.modelcontextprotocol/serverInfo'];
}

describe('a server whose identity is invalid', () => {
  const stack = useServerWith({
    ...brand,
    logo: 'https://elsewhere.example.com/logo.svg',
    links: { support: 'javascript:alert(1)' },
  });

  it.each([
    ['/', html],
    ['/health', {}],
    ['/mcp', { method: 'POST' }],
    ['/authorize', html],
    ['/.well-known/oauth-protected-resource/mcp', {}],
  ])('answers 503 at %s and names what to fix', async (path, init) => {
    const response = await fetch(stack().serverUrl + path, init);
    const text = await response.text();
    expect(response.status).toBe(503);
    for (const member of ['logo', 'links.support'])
      expect(text).toContain(`${member} in lib/tools/identity.ts`);
    expect(text).not.toMatch(/elsewhere\.example|alert\(/);
  });
});

describe('a server with a privacy page that was filled in', () => {
  const links = { privacy: '/privacy', support: 'mailto:help@acme.example.com' };
  const stack = useServerWith({ ...brand, links });

  it('names who runs it, what its tools store, and how to reach them', async () => {
    const page = await (await fetch(`${stack().serverUrl}/privacy`)).text();
    expect(page).toContain('Operator: Acme &amp; Sons Inc.');
    expect(page).toContain('<a href="mailto:help@acme.example.com">help@acme.example.com</a>');
    expect(page).toContain('Which orders you refunded: for a year.');
    expect(page).not.toContain('operator-missing');
  });
});
