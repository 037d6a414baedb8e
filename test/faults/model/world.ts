import { expect } from 'vitest';
import type { Stack } from '../../../dev/stack.ts';
import { demoUser, type User } from '../../support/browser-user.ts';
import type { EventReader } from '../../support/event-stream.ts';
import { readEvents } from '../../support/event-stream.ts';
import { type Answer, readAnswer } from '../../support/mcp-request.ts';
import { oauthClient, type Tokens } from '../../support/oauth-client.ts';

export const instanceCount = 2;

const otherUser: User = { email: 'other@example.com', password: 'other' };

/** Somebody with data of their own: a user, or a user in an organization. */
export type Person = { name: string; user: User; path: string };

export const twoUsers: [Person, Person] = [
  { name: 'demo', user: demoUser, path: '/mcp' },
  { name: 'other', user: otherUser, path: '/mcp' },
];
/** One user, who is two different people in two organizations. */
export const twoOrganizations: [Person, Person] = [
  { name: 'demo at Acme', user: demoUser, path: '/o/acme/mcp' },
  { name: 'demo at Globex', user: demoUser, path: '/o/globex/mcp' },
];

/** One window of a client of a user, with a sign-in and a session of its own. */
export type Window = {
  user: Person;
  /** The user and the client: what sessions, calls and questions belong to. */
  principal: string;
  clientId: string;
  tokens: Tokens;
  session: string;
};

/** A call that waits for its user's answer. */
export type Question = {
  window: Window;
  requestId: unknown;
  session: string;
  questionId: unknown;
  eventId: string;
  noteId: string;
  stream: EventReader;
};

export type World = Awaited<ReturnType<typeof openWorld>>;

/** Two people, each with two clients, each with two windows, and everything of theirs that nobody else may see. */
export async function openWorld(stack: Stack) {
  const oauth = oauthClient(stack.serverUrl);
  /** Ids and texts by the principal or user that alone may see them. */
  const secrets: { owner: string; text: string }[] = [];

  const keepSecret = (owner: string, text: string) => secrets.push({ owner, text });

  const urlOf = ({ user }: Window) => stack.serverUrl + user.path;

  const headersOf = ({ tokens, session }: Window, instance: number): Record<string, string> => ({
    authorization: `Bearer ${tokens.access_token}`,
    'x-local-instance': String(instance),
    'mcp-protocol-version': '2025-11-25',
    'mcp-session-id': session,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  });

  /** Fails if a text that this window received holds what belongs to others, unless the request itself had it. */
  function expectNothingForeign(window: Window, sent: string, received: string): void {
    const leaked = secrets.filter(
      ({ owner, text }) =>
        owner !== window.user.name &&
        owner !== window.principal &&
        received.includes(text) &&
        !sent.includes(text),
    );
    expect(leaked, `received by ${window.principal}`).toEqual([]);
  }

  return {
    oauth,
    keepSecret,
    expectNothingForeign,
    signIn: ({ user, path }: Person, clientId: string): Promise<Tokens> =>
      oauth.tokens(clientId, { user }, { resource: stack.serverUrl + path }),
    /** Sends a message and checks that the answer holds nothing of others. */
    async send(
      window: Window,
      instance: number,
      body: unknown,
      changes: Record<string, string> = {},
    ): Promise<Answer> {
      const headers = { ...headersOf(window, instance), ...changes };
      const text = JSON.stringify(body);
      const answer = await readAnswer(await fetch(urlOf(window), { method: 'POST', headers, body: text }));
      expectNothingForeign(window, text + JSON.stringify(headers), answer.text);
      return answer;
    },
    async open(window: Window, instance: number, body: unknown): Promise<EventReader> {
      const headers = headersOf(window, instance);
      return readEvents(await fetch(urlOf(window), { method: 'POST', headers, body: JSON.stringify(body) }));
    },
    async resume(window: Window, instance: number, eventId: string): Promise<EventReader> {
      const { 'content-type': _, ...headers } = headersOf(window, instance);
      return readEvents(await fetch(urlOf(window), { headers: { ...headers, 'last-event-id': eventId } }));
    },
    /** Ends a session. */
    async end(window: Window, instance: number, session: string): Promise<number> {
      const headers = { ...headersOf(window, instance), 'mcp-session-id': session };
      return (await fetch(urlOf(window), { method: 'DELETE', headers })).status;
    },
    /** A request to a token endpoint at one instance. */
    postAt: (instance: number, path: string, fields: Record<string, string>) =>
      fetch(stack.serverUrl + path, {
        method: 'POST',
        headers: { 'x-local-instance': String(instance) },
        body: new URLSearchParams(fields),
      }),
  };
}
