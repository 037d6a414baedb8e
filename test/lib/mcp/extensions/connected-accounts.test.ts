import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sealAccessToken } from '../../../../lib/access-token/grant.ts';
import { machineSubject } from '../../../../lib/access-token/principal.ts';
import { endGrant } from '../../../../lib/access-token/standing.ts';
import { accessToken, grantIn, newApplication, other } from '../../../support/access-token.ts';
import { connectAccount, follow, linkIn, openAccountLink, press } from '../../../support/account-user.ts';
import { browserUser } from '../../../support/browser-user.ts';
import { configOf } from '../../../support/config.ts';
import { manageTenant } from '../../../support/manage-tenant.ts';
import { modern, poster } from '../../../support/mcp-request.ts';
import { useStack } from '../../../support/stack.ts';
import { storeCommand, storedKeys } from '../../../support/store-command.ts';

const root = fileURLToPath(new URL('../../../mcp-server', import.meta.url));
const stack = useStack({ root, accounts: true, instances: 3 });
const toolList = z.object({ tools: z.array(z.object({ name: z.string() })) });
const readonly = 'https://www.googleapis.com/auth/calendar.events.readonly';
const writing = 'https://www.googleapis.com/auth/calendar.events';

let clientId: string;
beforeAll(async () => {
  clientId = await newApplication(stack());
});
beforeEach(() => {
  (stack().tenant.connectedAccounts() as unknown[]).length = 0;
});
afterEach(() => {
  stack().tenant.switches.faults = {};
  stack().store.faults.outage = 'none';
});

/** A connection of the demo user, or of another one. */
const connection = (options: Parameters<typeof accessToken>[1] = {}) =>
  accessToken(stack(), { clientId, scope: 'mcp:read offline_access', ...options });

/** What the tool answers, and whether as an error. */
async function useAccount(bearer: string, args: Record<string, unknown> = {}) {
  const { last } = await poster(
    stack(),
    bearer,
  )(...modern('tools/call', { name: 'use_account', arguments: args }));
  const [{ text = '' } = {}] = (last.result?.content ?? []) as { text?: string }[];
  return { text, isError: last.result?.isError === true };
}

/** A connection whose user has connected the account. */
async function connected(options: { untick?: string[] } = {}): Promise<string> {
  const token = await connection();
  await connectAccount(linkIn((await useAccount(token)).text), { at: options });
  return token;
}

const exchanges = () => stack().tenant.requests.filter(({ path }) => path === '/oauth/token').length;
const hashOf = (token: string) => createHash('sha256').update(token).digest('hex');
const heldByTenant = () => stack().tenant.connectedAccounts().at(-1)?.tokens.accessToken ?? '';
const hex = /^[0-9a-f]{64}$/;

describe('the token of a connected account', () => {
  it('is the provider’s, and is obtained once for all instances and any number of calls', async () => {
    const token = await connected();
    expect(await useAccount(token)).toEqual({ text: hashOf(heldByTenant()), isError: false });
    await stack().functions.idle();
    const before = exchanges();
    const answers = await Promise.all(Array.from({ length: 9 }, () => useAccount(token)));
    expect(new Set(answers.map(({ text }) => text))).toEqual(new Set([hashOf(heldByTenant())]));
    expect(exchanges()).toBe(before);
  });

  it('is obtained once by calls that arrive together, on one instance', async () => {
    const token = await connected();
    const before = exchanges();
    const headers = { 'x-local-instance': '0' };
    const call = modern('tools/call', { name: 'use_account', arguments: {} });
    await Promise.all(
      Array.from({ length: 5 }, () => poster(stack(), token)(call[0], { ...call[1], ...headers })),
    );
    // The connection's own refresh, and the exchange.
    expect(exchanges() - before).toBe(2);
  });

  it('is nowhere where anybody could read it', async () => {
    const token = await connected();
    await useAccount(token);
    await stack().functions.idle();
    const secret = heldByTenant();
    const keys = await storedKeys(stack(), '*');
    const values = await Promise.all(
      keys.map(async (key) => {
        const type = await storeCommand(stack(), ['TYPE', key]);
        if (type === 'hash') return storeCommand(stack(), ['HGETALL', key]);
        return type === 'string' ? storeCommand(stack(), ['GET', key]) : undefined;
      }),
    );
    expect(keys.filter((key) => key.startsWith('grant-tokens:'))).not.toEqual([]);
    expect(JSON.stringify(values)).not.toContain(secret);
    expect(JSON.stringify(stack().lines)).not.toContain(secret);
  });

  it('ends on all instances at once when the user disconnects the account', async () => {
    const token = await connected();
    const browser = browserUser();
    for (let count = 0; count < 6; count++) expect((await useAccount(token)).text).toMatch(hex);
    await stack().functions.idle();
    const page = await signInToConnections(browser);
    expect(page.text).toContain('Connected accounts');
    expect(page.text).toContain(readonly);
    await pressButton(browser, page, 'Disconnect Google');
    await stack().functions.idle();
    const audited = JSON.stringify(stack().lines.filter((line) => String(line).includes('"msg":"audit"')));
    for (const action of ['account-connected', 'account-disconnected']) expect(audited).toContain(action);
    const answers = await Promise.all(Array.from({ length: 6 }, () => useAccount(token)));
    for (const { text } of answers)
      expect(text).toContain('The user must connect an account at Google first');
    expect(stack().tenant.connectedAccounts()).toEqual([]);
  });

  it.each<[string, object]>([
    ['has no end', { scope: readonly }],
    ['has scopes with commas between them, as GitHub’s', { scope: `repo,${readonly}`, expires_in: 3600 }],
    ['names no scopes', { expires_in: 3600 }],
  ])('is taken from an answer that %s', async (_, body) => {
    const token = await connected();
    const answer = { access_token: 'a provider’s token', token_type: 'Bearer', ...body };
    // The first request renews the connection's own token.
    stack().tenant.switches.faults = { '/oauth/token': { status: 200, body: answer, nth: 2 } };
    expect((await useAccount(token)).text).toBe(hashOf('a provider’s token'));
  });

  it('goes with the connection of the app', async () => {
    const token = await connected();
    await useAccount(token);
    await stack().functions.idle();
    const { id } = grantIn(stack(), token);
    expect(await storedKeys(stack(), `grant-tokens:${id}`)).toHaveLength(1);
    await endGrant(configOf(stack().env), id);
    expect(await storedKeys(stack(), `grant-tokens:${id}`)).toEqual([]);
  });
});

describe('an account that does not allow enough', () => {
  it('is asked for what is missing, with what it allows already', async () => {
    const token = await connected();
    const { text } = await useAccount(token, { scopes: [writing] });
    const asked = await openAccountLink(browserUser(), linkIn(text));
    for (const scope of [readonly, writing, 'openid', 'profile']) expect(asked.text).toContain(scope);
    await connectAccount(linkIn((await useAccount(token, { scopes: [writing] })).text));
    expect((await useAccount(token, { scopes: [writing] })).text).toMatch(hex);
    expect((await useAccount(token)).text).toMatch(hex);
  });

  it('is not enough either if the user unticks what is asked for', async () => {
    const token = await connected({ untick: [readonly] });
    expect(stack().tenant.connectedAccounts()).toHaveLength(1);
    const { text, isError } = await useAccount(token);
    expect([isError, text]).toEqual([true, expect.stringContaining('must allow more of it than so far')]);
  });

  it('tells the model so within a call in which the user was asked', async () => {
    const token = await connection();
    const { answer, last } = await inRounds(token, {}, async (url) => {
      await connectAccount(url, { at: { untick: [readonly] } });
    });
    expect(answer).toContain('did not allow all that this needs');
    expect(last.result?.isError).toBe(true);
  });
});

/** Calls the tool as a modern client that can open pages: opens the page, then calls again with the answer. */
async function inRounds(bearer: string, args: Record<string, unknown>, open: (url: string) => Promise<void>) {
  const capabilities = { elicitation: { form: {}, url: {} } };
  let round: Record<string, unknown> = {};
  for (let count = 0; count < 6; count++) {
    const params = { name: 'use_account', arguments: args, ...round };
    const { last } = await poster(stack(), bearer)(...modern('tools/call', params, capabilities));
    if (last.result?.resultType !== 'input_required') {
      const [{ text = '' } = {}] = (last.result?.content ?? []) as { text?: string }[];
      return { answer: text, rounds: count, last };
    }
    const requests = last.result.inputRequests as Record<string, { params: { mode?: string; url?: string } }>;
    const inputResponses: Record<string, unknown> = {};
    for (const [name, { params }] of Object.entries(requests)) {
      if (params.url) await open(params.url);
      inputResponses[name] = { action: 'accept', ...(params.url ? {} : { content: { sure: true } }) };
    }
    round = { inputResponses, requestState: last.result.requestState };
  }
  throw new Error('the tool asks for ever');
}

describe('a call that asks the user', () => {
  it('asks by a page in the modern era, and asks its own question afterwards', async () => {
    const token = await connection();
    const { answer, rounds } = await inRounds(token, { confirm: true }, async (url) => {
      await connectAccount(url);
    });
    expect(answer).toMatch(hex);
    expect(rounds).toBe(2);
  });

  it('ends with words and another link if the user agrees and then does nothing', async () => {
    const token = await connection();
    const hurried = useHurried(token);
    expect(await hurried()).toContain('The user has not connected the account at Google yet');
  });

  /** The same at a function that ends soon. */
  function useHurried(bearer: string) {
    return async () => {
      const capabilities = { elicitation: { form: {}, url: {} } };
      const params = { name: 'use_account', arguments: {} };
      const post = poster(stack(), bearer, '/hurried/mcp');
      const first = await post(...modern('tools/call', params, capabilities));
      const [name = ''] = Object.keys((first.last.result?.inputRequests ?? {}) as object);
      const round = {
        inputResponses: { [name]: { action: 'accept' } },
        requestState: first.last.result?.requestState,
      };
      const second = await post(...modern('tools/call', { ...params, ...round }, capabilities));
      const [{ text = '' } = {}] = (second.last.result?.content ?? []) as { text?: string }[];
      expect(linkIn(text)).toContain('/connections/accounts');
      return text;
    };
  }
});

describe('the connections page', () => {
  const grants = () => manageTenant(stack());
  const scope = ['create', 'read', 'delete'].map((verb) => `${verb}:me:connected_accounts`);

  it('works without accounts if the tenant is not set up for them, and says so', async () => {
    const manage = await grants();
    const audience = `${stack().tenant.issuer}me/`;
    const [grant] = await manage('GET', `client-grants?audience=${encodeURIComponent(audience)}`);
    await manage('DELETE', `client-grants/${grant.id}`);
    const link = linkIn((await useAccount(await connection())).text);
    const page = await signInToConnections(browserUser());
    const followed = await openAccountLink(browserUser(), link);
    await manage('POST', 'client-grants', { ...grant, id: undefined, audience, scope });
    expect([page.status, page.text]).toEqual([
      200,
      expect.stringContaining('accounts that you have connected cannot be shown right now'),
    ]);
    expect(followed.text).toContain('not set up correctly on this server');
  });

  it('lists the rest while the My Account API is down, and keeps an account that could not be ended', async () => {
    const token = await connected();
    const browser = browserUser();
    const page = await signInToConnections(browser);
    const accounts = '/me/v1/connected-accounts/accounts';
    stack().tenant.switches.faults = {
      [accounts]: { status: 503 },
      [`DELETE ${accounts}/*`]: { status: 503 },
    };
    expect((await follow(browser, page.url)).text).toContain('cannot be shown right now');
    const failed = await pressButton(browser, page, 'Disconnect Google');
    expect([failed.status, failed.text]).toEqual([503, expect.stringContaining('may still be connected')]);
    stack().tenant.switches.faults = {};
    expect((await useAccount(token)).text).toMatch(hex);
  });

  it('ends no account of somebody else', async () => {
    const theirs = await connection({ user: other });
    await connectAccount(linkIn((await useAccount(theirs)).text), {
      user: { email: other.username, password: other.password },
    });
    const [account] = stack().tenant.connectedAccounts();
    const browser = browserUser();
    const page = await signInToConnections(browser);
    expect(page.text).toContain('None. An app asks you to connect one');
    expect(page.page).not.toContain(account?.id ?? '?');
  });

  it('asks to sign in again once the access to the accounts has ended, and when the user signs out', async () => {
    await connected();
    const browser = browserUser();
    const page = await signInToConnections(browser);
    const keys = await storedKeys(stack(), 'account-token:*');
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) await storeCommand(stack(), ['DEL', key]);
    expect((await follow(browser, page.url)).text).toContain('Sign in again to see the accounts');
    const again = await pressButton(browser, await follow(browser, page.url), 'Sign in again', [
      'sign-in',
      'any',
    ]);
    expect(again.text).toContain('Google');
    await pressButton(browser, again, 'Sign out of this page');
    await stack().functions.idle();
    expect(await storedKeys(stack(), 'account-token:*')).toEqual([]);
  });
});

describe('a refusal is words for the model', () => {
  it('when the provider no longer accepts the account', async () => {
    await connected();
    stack().provider?.withdraw('demo@gmail.example');
    stack().tenant.advance(3600);
    const token = await connection();
    const asked = await questionTo(token);
    expect(asked).toBe('Google no longer accepts the account that you connected. Connect it again.');
    const { text } = await useAccount(token);
    expect(text).toContain('Google no longer accepts the account that the user connected');
    await connectAccount(linkIn(text));
    expect((await useAccount(token)).text).toMatch(hex);
    stack().tenant.advance(-3600);
  });

  it('when the user did not let the client stay connected', async () => {
    const { text, isError } = await useAccount(await connection({ scope: 'mcp:read' }));
    expect([isError, text]).toEqual([true, expect.stringContaining('stay connected')]);
  });

  it('when the connection is not one that this server uses', async () => {
    const { text, isError } = await useAccount(await connection(), { connection: 'github' });
    expect([isError, text]).toEqual([true, expect.stringContaining('not set up to use accounts at GitHub')]);
  });

  it('when the tenant is down', async () => {
    const token = await connection();
    stack().tenant.switches.faults = { '/oauth/token': { status: 503 } };
    const { text, isError } = await useAccount(token);
    expect([isError, text]).toEqual([true, expect.stringContaining('does not answer')]);
  });

  it('when the store is down, and so nobody knows what was disconnected', async () => {
    const token = await connected();
    await useAccount(token);
    stack().store.faults.outage = 'refused';
    const { text, isError } = await useAccount(token);
    expect([isError, text]).toEqual([
      true,
      expect.stringContaining('storage behind this tool is unavailable'),
    ]);
  });

  it('when the custom API client may not use Token Vault', async () => {
    const client = stack()
      .tenant.applications()
      .find(({ app_type }) => app_type === 'resource_server');
    const before = client?.grant_types;
    if (client) client.grant_types = [];
    const { text, isError } = await useAccount(await connection());
    if (client && before) client.grant_types = before;
    expect([isError, text]).toEqual([true, expect.stringContaining('not set up correctly')]);
  });

  it('when a machine client calls, whose user nobody can ask', async () => {
    const grant = grantIn(stack(), await connection());
    const machine = { ...grant, subject: machineSubject(grant.clientId) };
    const bearer = sealAccessToken(configOf(stack().env), machine, 60);
    const { text, isError } = await useAccount(bearer);
    expect([isError, text]).toEqual([true, expect.stringContaining('acts for itself, without a user')]);
    const { last } = await poster(stack(), bearer)(...modern('tools/list'));
    expect(toolList.parse(last.result).tools.map(({ name }) => name)).not.toContain('upcoming_events');
  });

  /** What a client that can open pages shows its user. */
  async function questionTo(bearer: string): Promise<string | undefined> {
    const capabilities = { elicitation: { form: {}, url: {} } };
    const { last } = await poster(
      stack(),
      bearer,
    )(...modern('tools/call', { name: 'use_account', arguments: {} }, capabilities));
    const requests = (last.result?.inputRequests ?? {}) as Record<string, { params: { message: string } }>;
    return Object.values(requests)[0]?.params.message;
  }
});

/** Signs in to the connections page: what it shows. */
async function signInToConnections(browser: ReturnType<typeof browserUser>) {
  return openAccountLink(browser, `${stack().serverUrl}/connections`);
}

async function pressButton(
  browser: ReturnType<typeof browserUser>,
  page: Awaited<ReturnType<typeof follow>>,
  label: string,
  button: [string, string] = ['', ''],
) {
  const forms = page.page.match(/<form\b[\s\S]*?<\/form>/g) ?? [];
  const form = forms.find((each) => each.replace(/<[^>]+>/g, '').includes(label));
  if (!form) throw new Error(`no button ${label} on: ${page.text}`);
  return press(browser, { ...page, page: form }, button);
}

describe('a server that uses no accounts', () => {
  const plain = useStack({ root, instances: 1 });

  it('does not list the tool that needs one, and refuses it with words', async () => {
    const token = await accessToken(plain(), { scope: 'mcp:read offline_access' });
    const post = poster(plain(), token);
    const { last } = await post(...modern('tools/list'));
    const { tools } = toolList.parse(last.result);
    const names = tools.map(({ name }) => name);
    expect(names).toContain('whoami');
    expect(names).not.toContain('upcoming_events');
    const called = await post(...modern('tools/call', { name: 'upcoming_events', arguments: {} }));
    expect(called.text).toContain('not set up to use accounts at Google');
  });

  it('has no page for them', async () => {
    const response = await fetch(`${plain().serverUrl}/connections/accounts?link=${'a'.repeat(32)}`);
    expect(response.status).toBe(404);
  });

  it('lists nothing of the kind on the connections page, and asks the tenant for nothing more', async () => {
    const browser = browserUser();
    const page = await openAccountLink(browser, `${plain().serverUrl}/connections`);
    expect(page.text).toContain('Your connections');
    expect(page.text).not.toContain('Connected accounts');
    expect(plain().tenant.requests.some(({ path }) => path.startsWith('/me/'))).toBe(false);
  });
});
