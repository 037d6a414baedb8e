import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Health } from '../../../lib/health.ts';
import { type LandingView, landingPage, unfinishedPage } from '../../../lib/pages/landing.ts';
import { clientLinks } from '../../../lib/pages/landing-clients.ts';

const url = 'https://mcp.example.com/mcp';
const links = clientLinks('notes', url, 'Your notes');
const query = (link: string) => Object.fromEntries(new URL(link).searchParams);

describe('links that add the server to an app', () => {
  it('Claude opens its dialog filled in', () => {
    expect(links.claude.startsWith('https://claude.ai/customize/connectors?')).toBe(true);
    expect(query(links.claude)).toEqual({
      modal: 'add-custom-connector',
      connectorName: 'Your notes',
      connectorUrl: url,
    });
  });

  it('Claude Code is one command', () => {
    expect(links.claudeCode).toBe('claude mcp add --transport http notes https://mcp.example.com/mcp');
  });

  it.each([
    ['Orders & refunds', 'Orders-refunds'],
    ['mcp-auth0-vercel', 'mcp-auth0-vercel'],
    ['$(reboot)', 'reboot'],
    ['注文', 'server'],
  ])('in the command, the name %j is the one word %s', (name, word) => {
    expect(clientLinks(name, url).claudeCode).toBe(`claude mcp add --transport http ${word} ${url}`);
  });

  it('VS Code gets what its --add-mcp takes', () => {
    const [scheme = '', json = ''] = links.vscode.split('?');
    expect(scheme).toBe('vscode:mcp/install');
    expect(JSON.parse(decodeURIComponent(json))).toEqual({ name: 'notes', type: 'http', url });
  });

  it('Cursor gets an entry of its mcp.json, in base64 that survives being a parameter', () => {
    const long = clientLinks('notes', 'https://preview-a-b-c.example.com/mcp?~~~');
    for (const [link, target] of [
      [links.cursor, url] as const,
      [long.cursor, 'https://preview-a-b-c.example.com/mcp?~~~'] as const,
    ]) {
      expect(link.startsWith('cursor://anysphere.cursor-deeplink/mcp/install?')).toBe(true);
      const { name, config = '' } = query(link);
      expect(name).toBe('notes');
      expect(JSON.parse(Buffer.from(config, 'base64').toString())).toEqual({ url: target });
    }
  });
});

const working: Health = { store: { state: 'reachable', ms: 1 }, tenant: { state: 'reachable', ms: 1 } };
const view: LandingView = {
  origin: 'https://mcp.example.com',
  url,
  name: 'notes',
  title: 'Your notes',
  description: 'Keeps what you note.',
  examples: ['Note this & that.'],
  version: '1.2.3',
  signIn: true,
  tools: [{ name: 'add_note', title: 'Add a note', description: 'Keeps a note.', scopes: ['mcp:write'] }],
  warnings: [],
  health: working,
};
const markup = (changes: Partial<LandingView> = {}) => landingPage({ ...view, ...changes }).text();

describe('the front page', () => {
  it('shows the URL, the apps and the tools with their scopes', async () => {
    const page = await markup();
    for (const text of [
      url,
      links.claudeCode,
      'Add a note',
      'add_note',
      'Keeps a note.',
      'mcp:write',
      'notes 1.2.3',
      '<h1>Your notes</h1>',
      'Keeps what you note.',
    ])
      expect(page).toContain(text);
    for (const link of [links.claude, links.chatgpt, links.vscode, links.cursor])
      expect(page).toContain(`href="${link.replaceAll('&', '&amp;')}"`);
  });

  it.each<[string, Health | undefined, RegExp]>([
    ['all is well', working, /Sign-in: working[\s\S]*Store: working/],
    [
      'the store is down',
      { ...working, store: { state: 'unreachable', ms: 9 } },
      /Store: not reachable right now/,
    ],
    ['there is no store', { ...working, store: { state: 'not configured', ms: 0 } }, /Store: not set up/],
  ])('says so when %s', async (_, health, said) => {
    expect(await markup({ health })).toMatch(said);
  });

  it('shows no health that was not known in time', async () => {
    const page = await markup({ health: undefined });
    expect(page).not.toMatch(/Sign-in:|Store:/);
    expect(page).toContain('href="/health"');
  });

  it('does not mention sign-in or scopes on a server without sign-in', async () => {
    expect(await markup({ signIn: false })).not.toMatch(/sign in|mcp:write|Sign-in:/);
  });

  it('does not link to hosted apps, which cannot reach a local server', async () => {
    const page = await markup({ origin: 'http://localhost:3000', url: 'http://localhost:3000/mcp' });
    expect(page).not.toMatch(/claude\.ai|chatgpt\.com/);
    expect(page).toContain('vscode:mcp/install');
  });

  it('escapes the names and descriptions of tools', async () => {
    const hostile = '<img src=x onerror=alert(1)>';
    const page = await markup({
      tools: [{ name: hostile, title: hostile, description: hostile, scopes: [] }],
    });
    expect(page).not.toContain('<img src=x');
  });

  it('allows its own style, script and logo and nothing else', async () => {
    const response = landingPage(view);
    const policy = response.headers.get('content-security-policy') ?? '';
    const page = await response.text();
    const source = (tag: string) => {
      const text = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(page)?.[1] ?? '';
      return `${tag}-src 'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    };
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      source('style'),
      'img-src https://mcp.example.com/logo.svg',
      source('script'),
      "form-action 'none'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ]);
    const loaded = [...page.matchAll(/<(?:link|img)\b[^>]*(?:href|src)="([^"]*)"/g)].map(([, url]) => url);
    expect(loaded).toEqual(['/logo.svg']);
    expect(page).not.toMatch(/<script[^>]*src=|style=|onclick=/);
  });
});

describe('the front page of an unfinished deployment', () => {
  it('names each variable with its fix, as a 503', async () => {
    const response = unfinishedPage([{ variable: 'AUTH0_DOMAIN', fix: 'Missing. Set it to your tenant.' }]);
    expect(response.status).toBe(503);
    const page = await response.text();
    expect(page).toContain('<code>AUTH0_DOMAIN</code>');
    expect(page).toContain('Missing. Set it to your tenant.');
  });
});

describe('what is still missing', () => {
  const text = async (response: Response) =>
    (await response.text()).replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');

  it('is steps in the order in which one needs the other, each with its variables and a link', async () => {
    const problems = ['CRON_SECRET', 'KV_REST_API_URL', 'AUTH0_CLIENT_ID', 'LOG_LEVEL', 'AUTH0_DOMAIN'];
    const response = unfinishedPage(problems.map((variable) => ({ variable, fix: `Set ${variable}.` })));
    const html = await response.clone().text();
    expect(await text(response)).toMatch(
      /Connect your Auth0 tenant.*AUTH0_CLIENT_ID.*AUTH0_DOMAIN.*Add the store.*KV_REST_API_URL.*secrets of its own.*CRON_SECRET.*Correct the rest.*LOG_LEVEL.*Deploy again/,
    );
    const steps = html.slice(0, html.indexOf('<nav class="about"'));
    const links = [...steps.matchAll(/<a href="([^"]+)"/g)].map(([, href = '']) => new URL(href).host);
    expect(new Set(links)).toEqual(new Set(['manage.auth0.com', 'vercel.com']));
  });

  it('shrinks with what is set, until the page is that of a server', async () => {
    const secret = { variable: 'SEALING_SECRET', fix: 'Set it.' };
    const almost = await text(landingPage({ ...view, warnings: [secret], health: working }));
    expect(almost).toMatch(/Still to set up.*SEALING_SECRET.*Deploy again/);
    expect(almost).not.toContain('Auth0 tenant');
    expect(await text(landingPage({ ...view, warnings: [], health: working }))).not.toContain(
      'Still to set up',
    );
  });
});
