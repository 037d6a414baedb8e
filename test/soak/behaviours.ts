import type { Stack } from '../../dev/stack.ts';
import { adminUser, demoUser, type User } from '../support/browser-user.ts';
import { accepted, call, modern, poster, rawClient, textOf } from '../support/mcp-request.ts';
import { oauthClient, redirectUri, type Tokens } from '../support/oauth-client.ts';
import { answerOf } from '../support/working-call.ts';

const accounts: User[] = [demoUser, adminUser, { email: 'other@example.com', password: 'other' }];

/** A random number from 0 to below `limit`. */
export type Random = (limit: number) => number;

/** Something that a client does. Throws if the server did not serve it. */
export type Behaviour = { name: string; weight: number; run(): Promise<void> };

function check(holds: unknown, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

/** One client of one user, and everything that it does in a day. */
export async function clientBehaviours(
  stack: Stack,
  index: number,
  instances: number,
  random: Random,
): Promise<Behaviour[]> {
  const user = accounts[index % accounts.length] ?? demoUser;
  const oauth = oauthClient(stack.serverUrl);
  const registration = { client_name: `Soak client ${index % 4}`, redirect_uris: [redirectUri] };
  let clientId = await oauth.register(registration);
  let tokens: Tokens = await oauth.tokens(clientId, { user });

  const somewhere = () => random(instances);
  const legacy = async () => {
    const raw = rawClient(stack, tokens.access_token);
    check(await raw.initialize(), 'no session');
    return raw;
  };
  const modernCall = async (name: string, args: Record<string, unknown> = {}) => {
    const [body, headers] = modern('tools/call', { name, arguments: args });
    const at = { ...headers, 'x-local-instance': String(somewhere()) };
    const answer = await poster(stack, tokens.access_token)(body, at);
    check(answer.status === 200 && !answer.last.result?.isError, `${name}: ${answer.status} ${answer.text}`);
    return textOf(answer);
  };
  const addNote = async () => {
    const added = await modernCall('add_note', { title: `Note of client ${index}`, text: 'x'.repeat(200) });
    const id = /\(id (\w+)\)/.exec(added)?.[1];
    check(id, `not added: ${added}`);
    return id;
  };
  const revoke = async () => {
    const { status } = await oauth.post('/oauth/revoke', {
      client_id: clientId,
      token: tokens.refresh_token,
    });
    check(status === 200, `not revoked: ${status}`);
  };
  /** Asks to delete a note, and gives the question with its stream. */
  const ask = async () => {
    const raw = await legacy();
    const id = await addNote();
    const stream = await raw.stream(call('delete_note', { id }), somewhere());
    const { message, id: eventId } = await stream.until(({ method }) => method === 'elicitation/create');
    const answer = async () => {
      const { status } = await raw.send(accepted(message?.id, { delete: true }), somewhere());
      check(status === 202, `answer not taken: ${status}`);
    };
    return { raw, stream, eventId, answer };
  };

  return [
    { name: 'modern call', weight: 20, run: async () => void (await modernCall('whoami')) },
    {
      name: 'modern calls that store',
      weight: 10,
      run: async () => {
        const id = await addNote();
        check((await modernCall('list_notes')).includes(id), 'an acknowledged note is lost');
        await modernCall('delete_note', { id, confirm: true });
      },
    },
    {
      name: 'legacy session',
      weight: 15,
      run: async () => {
        const raw = await legacy();
        for (let count = 0; count < 3; count++) {
          const { status } = await raw.send(call('whoami'), somewhere());
          check(status === 200, `whoami: ${status}`);
        }
      },
    },
    {
      name: 'legacy calls without the header',
      weight: 10,
      run: async () => {
        const raw = await legacy();
        const answer = await raw.send(call('whoami'), somewhere(), { 'mcp-session-id': '' });
        check(answer.last.result?.structuredContent, `whoami: ${answer.status}`);
      },
    },
    {
      name: 'question answered elsewhere',
      weight: 6,
      run: async () => {
        const { stream, answer } = await ask();
        await answer();
        check(JSON.stringify(answerOf(await stream.rest())).includes('Deleted'), 'the answer had no effect');
      },
    },
    {
      name: 'lost stream taken up elsewhere',
      weight: 6,
      run: async () => {
        const { raw, stream, eventId, answer } = await ask();
        await stream.leave();
        const resumed = await raw.resume(eventId, somewhere());
        await answer();
        check(JSON.stringify(answerOf(await resumed.rest())).includes('Deleted'), 'the stream lost its end');
      },
    },
    {
      name: 'refresh',
      weight: 6,
      run: async () => {
        const response = await oauth.refresh(clientId, tokens.refresh_token);
        check(response.status === 200, `not refreshed: ${response.status}`);
        tokens = (await response.json()) as Tokens;
      },
    },
    {
      name: 'registration again',
      weight: 2,
      run: async () => {
        clientId = await oauth.register(registration);
      },
    },
    {
      name: 'revocation and sign-in',
      weight: 3,
      run: async () => {
        try {
          await revoke();
        } finally {
          // Even if it was answered 503, the connection may be over.
          tokens = await oauth.tokens(clientId, { user });
        }
      },
    },
  ];
}
