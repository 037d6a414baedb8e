/** `mcp-handler` with `withMcpAuth`, which verifies an RS256 token as Auth0 issues it, with the keys in memory. */
import { createLocalJWKSet, jwtVerify } from 'jose';
import { createMcpHandler, withMcpAuth } from 'mcp-handler';
import { echo, identity, toolNames } from './echo.ts';

const keys = createLocalJWKSet(JSON.parse(process.env.BENCH_JWKS ?? '{"keys":[]}'));

const handler = createMcpHandler(
  (server) => {
    for (const name of toolNames)
      server.registerTool(
        name,
        { title: echo.title, description: echo.description, inputSchema: echo.input },
        (args) => ({ content: [{ type: 'text', text: echo.answer(args) }] }),
      );
  },
  { serverInfo: identity },
);

async function verify(_request: Request, token?: string) {
  if (!token) return undefined;
  const { payload } = await jwtVerify(token, keys, {
    issuer: process.env.BENCH_ISSUER ?? '',
    audience: process.env.SERVER_URL ?? '',
    algorithms: ['RS256'],
    requiredClaims: ['sub', 'exp'],
  }).catch(() => ({ payload: undefined }));
  if (!payload) return undefined;
  return {
    token,
    clientId: String(payload.azp),
    scopes: String(payload.scope).split(' '),
    expiresAt: Number(payload.exp),
    extra: { userId: payload.sub },
  };
}

export default { fetch: withMcpAuth(handler, verify, { required: true, requiredScopes: ['mcp:read'] }) };
