import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { accessToken, newApplication } from '../support/access-token.ts';
import { connectAccount, linkIn } from '../support/account-user.ts';
import { modern, poster } from '../support/mcp-request.ts';
import { useStack } from '../support/stack.ts';

const root = fileURLToPath(new URL('../mcp-server', import.meta.url));
const stack = useStack({ root, accounts: true, organizations: 'optional', instances: 2 });
const hash = /^[0-9a-f]{64}$/;

let tokens: { acme: string; personal: string };
beforeAll(async () => {
  // The same person and the same client: only the organization differs.
  const clientId = await newApplication(stack(), { organization_usage: 'allow' });
  const tokenOf = (organization?: string) =>
    accessToken(stack(), {
      clientId,
      scope: 'mcp:read offline_access',
      ...(organization && { organization }),
    });
  tokens = { acme: await tokenOf('acme'), personal: await tokenOf() };
});

async function useAccount(token: string, path: string): Promise<string> {
  const { last } = await poster(
    stack(),
    token,
    path,
  )(...modern('tools/call', { name: 'use_account', arguments: {} }));
  const [{ text = '' } = {}] = (last.result?.content ?? []) as { text?: string }[];
  return text;
}

it('the link of a connection in an organization leads to a sign-in to that organization', async () => {
  await connectAccount(linkIn(await useAccount(tokens.acme, '/o/acme/mcp')));
  expect(await useAccount(tokens.acme, '/o/acme/mcp')).toMatch(hash);
});

it('a token that is kept for an organization is not the same person’s outside of it', async () => {
  await stack().functions.idle();
  const before = stack().tenant.requests.filter(({ path }) => path === '/oauth/token').length;
  await useAccount(tokens.personal, '/mcp');
  expect(stack().tenant.requests.filter(({ path }) => path === '/oauth/token').length).toBeGreaterThan(
    before,
  );
});
