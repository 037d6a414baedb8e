import { describe, expect, test } from 'vitest';
import { authorization } from './broken/authorization.ts';
import { discovery } from './broken/discovery.ts';
import { reach } from './broken/reach.ts';
import { registration } from './broken/registration.ts';
import { signIn as afterSignIn } from './broken/sign-in.ts';
import { examineUrl, fakeUserSignsIn, levels, wrong } from './examine.ts';
import { healthyRoutes } from './fake-mcp.ts';
import { startFakeServer } from './fake-server.ts';

describe('a healthy server', () => {
  test('has no findings from discovery through sign-in to revocation', async () => {
    const server = await startFakeServer(healthyRoutes);
    try {
      const findings = await examineUrl(server.mcpUrl, fakeUserSignsIn);
      expect(wrong(findings)).toEqual([]);
      expect(levels(findings)).toMatchObject({
        'protocol-2025-11-25': 'ok',
        refresh: 'ok',
        revocation: 'ok',
      });
    } finally {
      await server.close();
    }
  });
});

const brokenServers = [...reach, ...discovery, ...registration, ...authorization, ...afterSignIn];

describe('a broken server is recognized', () => {
  test.for(brokenServers)('$id: $by', async ({ id, also = [], signIn, path = '/mcp', routes }) => {
    const server = await startFakeServer(
      (origin) => new Map([...healthyRoutes(origin), ...Object.entries(routes(origin))]),
    );
    try {
      // Only a server that hangs gets a short timeout: a busy machine may be slow everywhere else.
      const hurry = id === 'timeout' ? { timeoutMs: 1000 } : {};
      const waiting = id === 'sign-in-timeout' ? { signInTimeoutMs: 300 } : {};
      const options = { ...hurry, ...(signIn ? fakeUserSignsIn : {}), ...waiting };
      const findings = await examineUrl(server.origin + path, options);
      expect(new Set(wrong(findings))).toEqual(new Set([id, ...also]));
    } finally {
      await server.close();
    }
  });
});

test('a check that throws is reported, and the others still run', async () => {
  const server = await startFakeServer(healthyRoutes);
  try {
    const presentSignIn = () => {
      throw new Error('no screen');
    };
    const findings = await examineUrl(server.mcpUrl, { signIn: true, presentSignIn });
    expect(findings).toContainEqual(
      expect.objectContaining({ id: 'check-broke', check: 'sign-in', detail: 'sign-in: no screen' }),
    );
    expect(levels(findings)).toHaveProperty('removal');
  } finally {
    await server.close();
  }
});
