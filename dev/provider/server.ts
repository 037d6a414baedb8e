/**
 * A stand-in for Google on loopback: sign-in and consent (OAuth 2.0), and the part of the Calendar API that the example
 * tool uses. Enforced as Google does:
 *
 * - a client that is not registered, or another redirect URI, gets a page and never a redirect;
 * - a code works once, for its client, redirect URI and a minute; the client authenticates with its secret;
 * - the user may untick scopes, so that a token may have fewer than were asked for;
 * - a refresh token ends when the user withdraws access, and with it every access token;
 * - the Calendar API answers 401 `UNAUTHENTICATED` without a valid token, and 403 `PERMISSION_DENIED` without the scope.
 *
 * Endpoints: `GET|POST /o/oauth2/v2/auth`, `POST /token`, `GET /calendar/v3/calendars/primary/events`.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { calendarEvents } from './calendar.ts';
import { consentPage, refusedPage } from './pages.ts';
import { answerToken, newGrants, type ProviderAccount, type ProviderGrants, startGrant } from './tokens.ts';

export type Provider = {
  /** `http://localhost:PORT`, without a trailing slash. */
  origin: string;
  client: { id: string; secret: string };
  accounts: ProviderAccount[];
  /** The access tokens that the Calendar API was shown, oldest first. */
  presented: string[];
  /** How long access tokens live. Change it at any time. */
  switches: { accessTokenSeconds: number; isDown: boolean };
  /** Withdraws what the account has granted, as its owner can in their settings. */
  withdraw(email: string): void;
  close(): Promise<void>;
};

type Reply = { status: number; json?: object; html?: string; location?: string };

/** Starts a provider with two accounts and one registered client. */
export async function startProvider(options: {
  port: number;
  client: { id: string; secret: string };
  /** Where the client may have codes sent to. Read on every request. */
  redirectUris: () => string[];
}): Promise<Provider> {
  const accounts: ProviderAccount[] = [
    { email: 'demo@gmail.example', name: 'Demo User', events: calendarEvents('demo') },
    { email: 'work@company.example', name: 'Demo User at work', events: calendarEvents('work') },
  ];
  const switches = { accessTokenSeconds: 3599, isDown: false };
  const presented: string[] = [];
  const grants = newGrants(switches);
  const server = createServer(async (request, response) => {
    const reply = switches.isDown
      ? { status: 503, json: { error: 'unavailable' } }
      : await answer(request).catch(() => ({ status: 400, json: { error: 'invalid_request' } }));
    const { status, json, html, location }: Reply = reply;
    response.writeHead(status, {
      'cache-control': 'no-store',
      'content-type': html === undefined ? 'application/json' : 'text/html; charset=utf-8',
      ...(location && { location }),
    });
    response.end(html ?? (json ? JSON.stringify(json) : ''));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, '127.0.0.1', resolve);
  });

  async function answer(request: IncomingMessage): Promise<Reply> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    switch (`${request.method} ${url.pathname}`) {
      case 'GET /o/oauth2/v2/auth':
        return authorize(url.searchParams);
      case 'POST /o/oauth2/v2/auth':
        return decide(url.searchParams, new URLSearchParams(await text(request)));
      case 'POST /token':
        return answerToken(grants, options.client, new URLSearchParams(await text(request)));
      case 'GET /calendar/v3/calendars/primary/events':
        return events(grants, request, url.searchParams);
      default:
        return { status: 404, json: { error: { code: 404, message: 'Not Found', status: 'NOT_FOUND' } } };
    }
  }

  function authorize(query: URLSearchParams): Reply {
    const wrong = refused(query);
    if (wrong) return { status: 400, html: refusedPage(wrong) };
    const scopes = scopesOf(query);
    return { status: 200, html: consentPage({ accounts, scopes, action: `/o/oauth2/v2/auth?${query}` }) };
  }

  function decide(query: URLSearchParams, form: URLSearchParams): Reply {
    const wrong = refused(query);
    if (wrong) return { status: 400, html: refusedPage(wrong) };
    const redirectUri = query.get('redirect_uri') ?? '';
    const target = new URL(redirectUri);
    const account = accounts.find(({ email }) => email === form.get('account'));
    if (form.get('decision') === 'allow' && account)
      target.searchParams.set(
        'code',
        startGrant(grants, {
          email: account.email,
          redirectUri,
          scopes: scopesOf(query).filter((scope) => form.getAll('scope').includes(scope)),
        }),
      );
    else target.searchParams.set('error', 'access_denied');
    target.searchParams.set('state', query.get('state') ?? '');
    return { status: 302, location: target.href };
  }

  function refused(query: URLSearchParams): string | undefined {
    if (query.get('client_id') !== options.client.id) return 'The OAuth client was not found.';
    if (!options.redirectUris().includes(query.get('redirect_uri') ?? '')) return 'redirect_uri_mismatch';
    return query.get('response_type') === 'code' ? undefined : 'unsupported_response_type';
  }

  function events(grants: ProviderGrants, request: IncomingMessage, query: URLSearchParams): Reply {
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    presented.push(token);
    const access = grants.accessTokens.get(token);
    const account = accounts.find(({ email }) => email === access?.grant.email);
    if (!access || !account || access.grant.isWithdrawn || access.expiresAtMs <= Date.now())
      return refusal(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.');
    const allowed = ['', '.readonly', '.events', '.events.readonly'].some((suffix) =>
      access.grant.scopes.includes(`https://www.googleapis.com/auth/calendar${suffix}`),
    );
    if (!allowed) return refusal(403, 'PERMISSION_DENIED', 'Request had insufficient authentication scopes.');
    const from = Date.parse(query.get('timeMin') ?? '') || 0;
    const most = Number(query.get('maxResults') ?? '250');
    const items = account.events
      .filter(({ end }) => Date.parse(end.dateTime ?? end.date ?? '') > from)
      .slice(0, most);
    return { status: 200, json: { kind: 'calendar#events', summary: account.email, items } };
  }

  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    client: options.client,
    accounts,
    presented,
    switches,
    withdraw: (email) => {
      for (const grant of grants.grants) if (grant.email === email) grant.isWithdrawn = true;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const scopesOf = (query: URLSearchParams) => (query.get('scope') ?? '').split(' ').filter(Boolean);

const refusal = (code: number, status: string, message: string): Reply => ({
  status: code,
  json: { error: { code, message, status } },
});
