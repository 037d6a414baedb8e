import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { signIn } from '../support/browser-user.ts';
import { effort } from '../support/effort.ts';
import { accepted, call, type RawClient, rawClient, textOf } from '../support/mcp-request.ts';
import { oauthClient, redirectUri, type Tokens } from '../support/oauth-client.ts';
import { useStack } from '../support/stack.ts';
import { answerOf } from '../support/working-call.ts';

/**
 * An instance is killed while a request of its own to the store or the tenant is on the way: at every one that an
 * operation makes with `FAULTS=all`, else at some of them, chosen by `SEED`. The request is executed or not.
 */
const seed = Number(process.env.SEED ?? randomInt(1_000_000));
const pointsInShort = effort(2, 3);
const everywhere = process.env.FAULTS === 'all';

const stack = useStack();
let client: ReturnType<typeof oauthClient>;
let clientId: string;
let tokens: Tokens;
beforeAll(async () => {
  client = oauthClient(stack().serverUrl);
  clientId = await client.register();
  tokens = await client.tokens(clientId);
});
afterEach(() => {
  stack().store.intercept = undefined;
  stack().tenant.intercept = undefined;
});

/** Calls `at` with the number of each request that the server makes, from 1. */
function countRequests(at: (number: number) => Promise<'drop' | undefined>) {
  let count = 0;
  const { store, tenant } = stack();
  store.intercept = () => at(++count);
  // The other paths are the browser's.
  tenant.intercept = async (path) =>
    /^\/(oauth\/|userinfo|api\/v2\/|\.well-known\/jwks)/.test(path) ? at(++count) : undefined;
  return {
    stop: () => {
      store.intercept = undefined;
      tenant.intercept = undefined;
      return count;
    },
  };
}

/** What a person or client does: the first attempt meets the death and may fail, the second must succeed. */
type Attempt = () => Promise<void>;

/** What not even the first attempt may meet. */
class Violation extends Error {}

/** How many deaths there were, to be reported. */
let deaths = 0;
afterAll(() => {
  if (process.env.REPORT) process.stdout.write(`\nkilled ${deaths} times, SEED=${seed}\n`);
});

async function survives(prepare: () => Promise<Attempt>): Promise<void> {
  const undisturbed = await prepare();
  const counter = countRequests(async () => undefined);
  await undisturbed();
  const total = counter.stop();
  for (const point of pointsOf(total))
    for (const executed of everywhere ? [false, true] : [(seed + point) % 2 === 0]) {
      const attempt = await prepare();
      const dying = countRequests(async (number) => {
        if (number !== point) return undefined;
        await stack().functions.kill(0);
        deaths += 1;
        return executed ? undefined : 'drop';
      });
      const when = `request ${point} of ${total}, ${executed ? 'executed' : 'not executed'}; SEED=${seed}`;
      await attempt().catch((cause) => {
        if (cause instanceof Violation) throw new Error(`Killed at ${when}`, { cause });
      });
      dying.stop();
      await attempt().catch((cause) => {
        throw new Error(`Not served after a death at ${when}`, { cause });
      });
    }
}

function pointsOf(total: number): number[] {
  const all = Array.from({ length: total }, (_, index) => index + 1);
  if (everywhere || total <= pointsInShort) return all;
  const step = Math.ceil(total / pointsInShort);
  return all.filter((point) => (point + seed) % step === 0);
}

const minutes = everywhere ? 15 : 3;
const timeoutMs = minutes * 60_000;

describe('an instance that is killed at any of its requests', () => {
  const works = async ({ access_token }: Tokens) => {
    const client = rawClient(stack(), access_token);
    expect((await client.send(call('whoami'))).last.result?.structuredContent).toBeTruthy();
  };
  const tokensIn = async (response: Response): Promise<Tokens> => {
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${response.status} ${text}`);
    return JSON.parse(text);
  };

  test(
    'of a registration: the client registers again and signs in, and no application is made twice',
    async () => {
      await survives(async () => {
        const client_name = `Killed ${randomUUID()}`;
        return async () => {
          const again = await client.register({ client_name });
          await works(await client.tokens(again));
          const made = stack()
            .tenant.applications()
            .filter(({ name }) => name.startsWith(client_name));
          // None if the dead instance still holds the lock: then the client shares an application.
          expect(made.length).toBeLessThanOrEqual(1);
        };
      });
    },
    timeoutMs,
  );

  test(
    'of a sign-in: the user starts again',
    async () => {
      await survives(async () => async () => {
        const callback = await signIn(client.authorizationUrl(clientId));
        expect(callback.href.startsWith(redirectUri)).toBe(true);
        const code = callback.searchParams.get('code') ?? '';
        await works(await tokensIn(await client.exchange(clientId, code)));
      });
    },
    timeoutMs,
  );

  test(
    'of a refresh: the client uses the same refresh token again',
    async () => {
      await survives(async () => {
        const { refresh_token } = await client.tokens(clientId);
        return async () => works(await tokensIn(await client.refresh(clientId, refresh_token)));
      });
    },
    timeoutMs,
  );

  test(
    'of a revocation: the client revokes again, and the connection is over',
    async () => {
      await survives(async () => {
        const { refresh_token: token } = await client.tokens(clientId);
        return async () => {
          expect((await client.post('/oauth/revoke', { client_id: clientId, token })).status).toBe(200);
          expect((await client.refresh(clientId, token)).status).toBe(400);
        };
      });
    },
    timeoutMs,
  );

  test(
    'of a legacy session: nothing that was acknowledged is lost, and the call is made again',
    async () => {
      const before = rawClient(stack(), tokens.access_token);
      await before.initialize();
      await survives(async () => {
        const title = `Killed ${randomUUID()}`;
        return async () => {
          const raw = rawClient(stack(), tokens.access_token);
          expect(await raw.initialize()).toBeTruthy();
          const added = textOf(await raw.send(call('add_note', { title, text: '' })));
          expect(added).toContain(title);
          expect(textOf(await before.send(call('list_notes')))).toContain(title);
        };
      });
    },
    timeoutMs,
  );

  describe('of a call that asks the user', () => {
    const isQuestion = ({ method }: { method?: string }) => method === 'elicitation/create';
    let raw: RawClient;
    let removal: () => ReturnType<typeof call>;
    beforeAll(async () => {
      raw = rawClient(stack(), tokens.access_token);
      await raw.initialize();
      const added = textOf(await raw.send(call('add_note', { title: 'Asked about', text: '' })));
      const id = /\(id (\w+)\)/.exec(added)?.[1] ?? '';
      removal = () => call('delete_note', { id });
    });

    test(
      'the client that comes back learns its outcome or that it was lost, and calls again',
      async () => {
        await survives(async () => async () => {
          const body = removal();
          const stream = await raw.stream(body, 0);
          const first = await stream.next();
          try {
            const { message } = await stream.until(isQuestion);
            expect((await raw.send(accepted(message?.id, { delete: false }))).status).toBe(202);
            expect(JSON.stringify(answerOf(await stream.rest()))).toContain('kept the note');
          } catch (error) {
            if (first?.id === undefined) throw error;
            // The stream broke: what a client with an event id does (2025-11-25, Resumability and Redelivery).
            const answer = answerOf(await (await raw.resume(first.id)).rest());
            const said = JSON.stringify(answer);
            if (answer?.id !== body.id || !/kept the note|The call was lost/.test(said))
              throw new Violation(`resumed to ${said}`);
            throw error;
          }
        });
      },
      timeoutMs,
    );
  });
});
