import { authorize, backToClient, fakeToken, isBearer, rpc, tokens, unauthorized } from '../fake-mcp.ts';
import type { Visit } from '../fake-server.ts';
import type { Broken } from './broken.ts';

/** A server that hands out this token and then refuses it, with words added to the challenge. */
const issues =
  (token: (origin: string) => string, refusal = '') =>
  (origin: string) => ({
    'POST /token': (visit: Visit) => tokens(visit, token(origin)),
    'POST /mcp': (visit: Visit) => {
      const reply = unauthorized(origin, visit);
      const header = `${reply.headers?.['www-authenticate']}${visit.headers.authorization ? refusal : ''}`;
      return { ...reply, headers: { 'www-authenticate': header } };
    },
  });
/** A server whose MCP methods answer differently; undefined is an unknown method. */
const answers = (changes: Record<string, unknown>) => (origin: string) => {
  const token = fakeToken({ aud: `${origin}/mcp` });
  return {
    'POST /token': (visit: Visit) => tokens(visit, token),
    'POST /mcp': (visit: Visit) =>
      isBearer(visit, token) ? rpc(visit, changes) : unauthorized(origin, visit),
  };
};
const now = () => Math.floor(Date.now() / 1000);

export const signIn: Broken[] = [
  {
    id: 'sign-in-timeout',
    by: 'a person who never comes back',
    signIn: true,
    routes: () => ({ 'GET /authorize': { body: 'Log in' } }),
  },
  {
    id: 'sign-in-refused',
    by: 'a denial',
    signIn: true,
    routes: (iss) => ({
      'GET /authorize': (visit) =>
        visit.url.searchParams.has('approved')
          ? backToClient(visit, { error: 'access_denied', iss })
          : authorize(iss, visit),
    }),
  },
  {
    id: 'state-lost',
    by: 'another state',
    signIn: true,
    routes: (iss) => ({
      'GET /authorize': (visit) =>
        visit.url.searchParams.has('approved')
          ? backToClient(visit, { code: 'good-code', iss, state: 'other' })
          : authorize(iss, visit),
    }),
  },
  {
    id: 'token-refused',
    by: 'no token for the code',
    signIn: true,
    routes: () => ({ 'POST /token': { status: 400, body: { error: 'invalid_grant' } } }),
  },
  {
    id: 'opaque-token',
    by: 'a token without an audience',
    signIn: true,
    routes: issues(() => 'eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn'),
  },
  {
    id: 'wrong-audience',
    by: 'a token for another API',
    signIn: true,
    routes: issues(() => fakeToken({ aud: 'https://other.example.com' })),
  },
  {
    id: 'wrong-audience',
    by: 'a refusal that says so',
    signIn: true,
    routes: issues(
      (origin) => fakeToken({ aud: origin }),
      ', error_description="The token is for another audience"',
    ),
  },
  {
    id: 'token-clock-skew',
    by: 'a token from the future',
    signIn: true,
    routes: issues((origin) => fakeToken({ aud: origin, iat: now() + 600 })),
  },
  {
    id: 'token-clock-skew',
    by: 'a token that is over already',
    signIn: true,
    routes: issues((origin) => fakeToken({ aud: origin, exp: now() - 600 })),
  },
  {
    id: 'token-not-accepted',
    by: 'a refusal without a reason',
    signIn: true,
    routes: issues((origin) => fakeToken({ aud: origin })),
  },
  {
    id: 'refresh-token-missing',
    by: 'an access token alone',
    also: ['token-not-accepted'],
    signIn: true,
    routes: (origin) => ({
      'POST /token': (visit) =>
        visit.text.includes('good-code')
          ? { body: { access_token: fakeToken({ aud: origin }) } }
          : { status: 400, body: { error: 'invalid_grant' } },
    }),
  },
  {
    id: 'initialize-failed',
    by: 'a server without initialize',
    signIn: true,
    routes: answers({ initialize: undefined }),
  },
  {
    id: 'session-header-required',
    by: 'a 400 without the header',
    signIn: true,
    routes: (origin) => {
      const token = fakeToken({ aud: `${origin}/mcp` });
      return {
        'POST /token': (visit) => tokens(visit, token),
        'POST /mcp': (visit) => {
          if (!isBearer(visit, token)) return unauthorized(origin, visit);
          const begins = /"method":"(initialize|server\/discover)"/.test(visit.text);
          const known = begins || visit.headers['mcp-session-id'] || visit.headers['mcp-method'];
          if (!known)
            return { status: 400, body: { error: { message: 'Mcp-Session-Id header is required' } } };
          return { ...rpc(visit), headers: { 'mcp-session-id': 'session-1' } };
        },
      };
    },
  },
  {
    id: 'modern-unsupported',
    by: 'a server of the older protocol alone',
    signIn: true,
    routes: answers({ 'server/discover': undefined }),
  },
  {
    id: 'tenant-down',
    by: 'signing keys that cannot be fetched',
    signIn: true,
    routes: (origin) => {
      const token = fakeToken({ aud: `${origin}/mcp` });
      const error_description = 'The signing keys of the tenant cannot be fetched';
      return {
        'POST /token': (visit) => tokens(visit, token),
        'POST /mcp': (visit) =>
          isBearer(visit, token)
            ? { status: 503, body: { error: 'temporarily_unavailable', error_description } }
            : unauthorized(origin, visit),
      };
    },
  },
  {
    id: 'tools-missing',
    by: 'a server without tools',
    signIn: true,
    routes: answers({ 'tools/list': undefined }),
  },
  {
    id: 'tool-failed',
    by: 'an error from the tool',
    signIn: true,
    routes: answers({ 'tools/call': { isError: true, content: [{ type: 'text', text: 'no' }] } }),
  },
  {
    id: 'tool-failed',
    by: 'an error from the protocol',
    signIn: true,
    routes: answers({ 'tools/call': undefined }),
  },
  {
    id: 'refresh-failed',
    by: 'a refresh token that is dead at once',
    signIn: true,
    routes: (origin) => {
      const token = fakeToken({ aud: `${origin}/mcp` });
      return {
        'POST /mcp': (visit) => (isBearer(visit, token) ? rpc(visit) : unauthorized(origin, visit)),
        'POST /token': (visit) =>
          visit.text.includes('first-refresh-token')
            ? { status: 400, body: { error: 'invalid_grant' } }
            : tokens(visit, token),
      };
    },
  },
  {
    id: 'refresh-race',
    by: 'a refresh token that works once',
    signIn: true,
    routes: (origin) => {
      const token = fakeToken({ aud: `${origin}/mcp` });
      let used = false;
      return {
        'POST /mcp': (visit) => (isBearer(visit, token) ? rpc(visit) : unauthorized(origin, visit)),
        'POST /token': (visit) => {
          const again = visit.text.includes('first-refresh-token') && used;
          used ||= visit.text.includes('first-refresh-token');
          return again ? { status: 400, body: { error: 'invalid_grant' } } : tokens(visit, token);
        },
      };
    },
  },
  { id: 'revocation-failed', by: 'a 500', signIn: true, routes: () => ({ 'POST /revoke': { status: 500 } }) },
  {
    id: 'revocation-ineffective',
    by: 'a token that goes on working',
    signIn: true,
    routes: (origin) => {
      const token = fakeToken({ iss: origin, aud: `${origin}/mcp` });
      return {
        'POST /mcp': (visit) => (isBearer(visit, token) ? rpc(visit) : unauthorized(origin, visit)),
        'POST /token': (visit) =>
          tokens({ text: visit.text.replace('second-refresh-token', 'first-refresh-token') }, token),
      };
    },
  },
];
