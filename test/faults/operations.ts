import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Stack } from '../../dev/stack.ts';
import { approve, locationOf, untilCallback } from '../attacks/steps.ts';
import { browserUser, readForm, textOf as textOfPage } from '../support/browser-user.ts';
import { eventually } from '../support/eventually.ts';
import {
  type Answer,
  accepted,
  call,
  initialize,
  modern,
  poster,
  type RawClient,
  rawClient,
  textOf,
} from '../support/mcp-request.ts';
import { oauthClient, redirectUri, type Tokens } from '../support/oauth-client.ts';
import { answerOf } from '../support/working-call.ts';

/** What a client saw: the usual answer, or a documented refusal that says to try again. */
export type Seen = 'served' | 'refused';

/** Checks that what was acknowledged is still so, once all is well again. */
type Acknowledged = () => Promise<void>;

export type Outcome = { seen: Seen; acknowledged?: Acknowledged | undefined };

export type Operation = {
  name: string;
  /** What it cannot do without. */
  needs: ('store' | 'tenant')[];
  /** How many answers its longest response holds one after the other. Default 1. */
  answersInTurn?: number;
  run(): Promise<Outcome>;
};

export type Prepared = {
  operations: Operation[];
  /** Waits until every instance uses the store again, which it leaves alone for two seconds after a timeout. */
  recovered(): Promise<void>;
};

/** Instances that the operations need: a question is asked at one and answered at the other. */
export const instanceCount = 2;

const served = (acknowledged?: Acknowledged): Outcome => ({ seen: 'served', acknowledged });
const refused: Outcome = { seen: 'refused' };

type Client = ReturnType<typeof oauthClient>;

/** Whether an OAuth answer says to try again (RFC 6749 section 5.2, with Retry-After). Anything else is a failure. */
async function refusalOf(response: Response): Promise<Outcome> {
  const text = await response.text();
  expect([429, 503], text).toContain(response.status);
  expect(Number(response.headers.get('retry-after')), text).toBeGreaterThan(0);
  expect(JSON.parse(text)).toMatchObject({ error: 'temporarily_unavailable' });
  return refused;
}

const whoami = (stack: Stack, token: string) =>
  poster(stack, token)(...modern('tools/call', { name: 'whoami', arguments: {} }));

async function expectWorking(stack: Stack, client: Client, clientId: string, tokens: Tokens): Promise<void> {
  expect((await whoami(stack, tokens.access_token)).status).toBe(200);
  expect((await client.refresh(clientId, tokens.refresh_token)).status).toBe(200);
}

/** Notes of the demo user, by their titles. */
async function noteTitles(post: RawClient['send']): Promise<string> {
  return textOf(await post(call('list_notes')));
}

function sawToolResult(answer: Answer): Seen {
  if (answer.status === 503) {
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    return 'refused';
  }
  expect(answer.status, answer.text).toBe(200);
  if (!answer.last.result?.isError) return 'served';
  expect(textOf(answer)).toMatch(/unavailable|try again/i);
  return 'refused';
}

/** Signs a client in while all is well, and prepares what it will do while it is not. */
export async function prepareOperations(stack: Stack): Promise<Prepared> {
  const client = oauthClient(stack.serverUrl);
  const clientId = await client.register();
  const [tokens, refreshed, revoked, code] = [
    await client.tokens(clientId),
    await client.tokens(clientId),
    await client.tokens(clientId),
    await client.code(clientId),
  ];
  const browser = browserUser();
  const callback = await untilCallback(browser, await approve(browser, client.authorizationUrl(clientId)));
  const raw = rawClient(stack, tokens.access_token);
  await raw.initialize();
  const { send, stream } = raw;
  const kept = `Kept ${randomUUID()}`;
  const added = textOf(await send(call('add_note', { title: kept, text: '' })));
  const noteId = /\(id (\w+)\)/.exec(added)?.[1] ?? '';
  const removal = () => call('delete_note', { id: noteId });
  const isQuestion = ({ method }: { method?: string }) => method === 'elicitation/create';
  const open = await stream(removal(), 0);
  const question = await open.until(isQuestion);
  const decline = accepted(question.message?.id, { delete: false });

  const register = async (name: string) => {
    const metadata = { client_name: name, redirect_uris: [redirectUri], token_endpoint_auth_method: 'none' };
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify(metadata);
    const response = await fetch(`${stack.serverUrl}/register`, { method: 'POST', headers, body });
    if (response.status !== 201) return refusalOf(response);
    const { client_id } = (await response.json()) as { client_id: string };
    return served(async () => {
      const page = await fetch(client.authorizationUrl(client_id));
      expect(textOfPage(await page.text())).toContain(name);
      expect((await client.tokens(client_id)).scope).toContain('mcp:read');
    });
  };

  const opensSession = async (instance: number) => {
    const answer = await poster(stack, tokens.access_token)(initialize(), {
      'x-local-instance': String(instance),
    });
    return answer.headers.get('mcp-session-id');
  };
  const recovered = async () => {
    for (let instance = 0; instance < instanceCount; instance++)
      await eventually(async () => expect(await opensSession(instance)).toBeTruthy());
  };

  const operations: Operation[] = [
    {
      name: 'read metadata',
      needs: [],
      run: async () => {
        for (const name of ['oauth-protected-resource/mcp', 'oauth-authorization-server'])
          expect((await fetch(`${stack.serverUrl}/.well-known/${name}`)).status).toBe(200);
        return served();
      },
    },
    {
      name: 'health, front page',
      needs: [],
      run: async () => {
        expect((await fetch(`${stack.serverUrl}/health`)).status).toBe(200);
        expect((await fetch(stack.serverUrl, { headers: { accept: 'text/html' } })).status).toBe(200);
        return served();
      },
    },
    { name: 'register again', needs: [], run: () => register('Test client') },
    { name: 'register a new client', needs: ['tenant'], run: () => register(`New client ${randomUUID()}`) },
    {
      name: 'authorize, consent',
      needs: [],
      run: async () => {
        const visitor = browserUser();
        const url = client.authorizationUrl(clientId);
        const shown = await visitor.visit(url);
        const page = await shown.text();
        if (shown.status === 503) {
          expect(Number(shown.headers.get('retry-after'))).toBeGreaterThan(0);
          expect(textOfPage(page)).toMatch(/Try again in a moment/);
          return refused;
        }
        const form = readForm(page);
        if (!form) throw new Error(`no consent page: ${page}`);
        const sent = await visitor.submit(url, form, ['decision', 'approve']);
        expect(locationOf(sent)).toMatch(`${stack.tenant.origin}/authorize?`);
        return served();
      },
    },
    {
      name: 'return from Auth0',
      needs: ['tenant'],
      run: async () => {
        const answer = new URL(locationOf(await browser.visit(callback)));
        const { code: fresh, error, state, iss } = Object.fromEntries(answer.searchParams);
        expect([state, iss]).toEqual(['the-state-of-the-client', stack.serverUrl]);
        if (!fresh) {
          expect(error).toBe('temporarily_unavailable');
          return refused;
        }
        return served(async () => {
          const response = await client.exchange(clientId, fresh);
          expect(response.status).toBe(200);
          await expectWorking(stack, client, clientId, (await response.json()) as Tokens);
        });
      },
    },
    {
      name: 'redeem a code',
      needs: [],
      run: async () => {
        const response = await client.exchange(clientId, code);
        if (response.status !== 200) return refusalOf(response);
        const redeemed = (await response.json()) as Tokens;
        return served(() => expectWorking(stack, client, clientId, redeemed));
      },
    },
    {
      name: 'refresh',
      needs: [],
      run: async () => {
        const response = await client.refresh(clientId, refreshed.refresh_token);
        if (response.status !== 200) return refusalOf(response);
        const renewed = (await response.json()) as Tokens;
        return served(async () => {
          await expectWorking(stack, client, clientId, renewed);
          // The client whose answer was lost tries again with the token that it has.
          expect((await client.refresh(clientId, refreshed.refresh_token)).status).toBe(200);
        });
      },
    },
    {
      name: 'revoke',
      needs: ['store', 'tenant'],
      run: async () => {
        const response = await client.post('/oauth/revoke', {
          client_id: clientId,
          token: revoked.refresh_token,
        });
        if (response.status !== 200) return refusalOf(response);
        return served(async () => {
          const dead = await client.refresh(clientId, revoked.refresh_token);
          expect([dead.status, await dead.json()]).toMatchObject([400, { error: 'invalid_grant' }]);
        });
      },
    },
    {
      name: 'modern call',
      needs: [],
      run: async () => {
        expect((await whoami(stack, tokens.access_token)).status).toBe(200);
        return served(() => expectWorking(stack, client, clientId, tokens));
      },
    },
    {
      name: 'modern call that stores data',
      needs: ['store'],
      run: async () => {
        const title = `Stored ${randomUUID()}`;
        const post = poster(stack, tokens.access_token);
        const params = { name: 'add_note', arguments: { title, text: '' } };
        if (sawToolResult(await post(...modern('tools/call', params))) === 'refused') return refused;
        return served(async () => expect(await noteTitles(send)).toContain(title));
      },
    },
    {
      name: 'legacy initialize, call',
      needs: [],
      run: async () => {
        const post = poster(stack, tokens.access_token);
        const opened = await post(initialize());
        expect(opened.status).toBe(200);
        const id = opened.headers.get('mcp-session-id');
        const inSession: Record<string, string> = id ? { 'mcp-session-id': id } : {};
        expect(sawToolResult(await post(call('whoami'), inSession))).toBe('served');
        return served(async () => {
          expect(sawToolResult(await post(call('whoami'), inSession))).toBe('served');
        });
      },
    },
    {
      name: 'legacy call in its session',
      needs: [],
      run: async () => {
        expect(sawToolResult(await send(call('whoami')))).toBe('served');
        return served(async () => {
          expect(sawToolResult(await send(call('whoami')))).toBe('served');
          expect(await noteTitles(send)).toContain(kept);
        });
      },
    },
    {
      name: 'legacy call without the header',
      needs: [],
      run: async () => {
        expect(sawToolResult(await send(call('whoami'), 0, { 'mcp-session-id': '' }))).toBe('served');
        return served();
      },
    },
    {
      name: 'ask the user',
      needs: ['store'],
      // The question, and the result once the user has answered.
      answersInTurn: 2,
      run: async () => {
        const asking = await stream(removal(), 0);
        const { message } = await asking.until(({ method, result }) => method !== undefined || !!result);
        if (message?.result) {
          expect(message.result.isError).toBe(true);
          return refused;
        }
        expect((await send(accepted(message?.id, { delete: false }), 1)).status).toBe(202);
        expect(JSON.stringify(answerOf(await asking.rest()))).toContain('kept the note');
        return served();
      },
    },
    {
      name: 'answer a question',
      needs: ['store'],
      run: async () => {
        const { status } = await send(decline, 1);
        const arrives = async () =>
          expect(JSON.stringify(answerOf(await open.rest()))).toContain('kept the note');
        if (status === 202) return served(arrives);
        expect(status).toBe(503);
        const sentAgain = async () => {
          expect((await send(decline, 1)).status).toBe(202);
          await arrives();
        };
        return { seen: 'refused', acknowledged: sentAgain };
      },
    },
  ];
  return { operations, recovered };
}
