import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applicationName,
  metadataOf,
  type Registration,
  recordOf,
  redirectUrisLimit,
  registrationHash,
} from '../../../../../lib/oauth/client/application/record.ts';
import { testConfig } from '../../../../support/config.ts';

const configFor = (audience: string) => testConfig({ OAUTH_AUDIENCE: audience });

const config = configFor('https://mcp.example.com');

const claude: Registration = {
  name: 'Claude',
  redirectUris: ['https://claude.ai/cb', 'http://localhost:1234/cb'],
  authMethod: 'none',
  usesRefreshToken: true,
};

describe('two registrations', () => {
  it.each<[string, Partial<Registration>]>([
    ['order of redirect URIs', { redirectUris: ['http://localhost:1234/cb', 'https://claude.ai/cb'] }],
    ['port of a loopback URI', { redirectUris: ['https://claude.ai/cb', 'http://localhost:5/cb'] }],
    ['absence of that port', { redirectUris: ['https://claude.ai/cb', 'http://localhost/cb'] }],
    ['repetition', { redirectUris: [...claude.redirectUris, 'http://localhost:9/cb'] }],
  ])('that differ by the %s are the same', (_, change) => {
    expect(registrationHash({ ...claude, ...change })).toBe(registrationHash(claude));
  });

  it.each<[string, Partial<Registration>]>([
    ['name', { name: 'Claude Code' }],
    ['auth method', { authMethod: 'client_secret_post' }],
    ['use of refresh tokens', { usesRefreshToken: false }],
    ['redirect URIs', { redirectUris: ['https://claude.ai/cb'] }],
    ['https port', { redirectUris: ['https://claude.ai:8443/cb', 'http://localhost:1234/cb'] }],
    ['document', { document: 'https://claude.ai/client.json' }],
  ])('that differ by their %s are two', (_, change) => {
    expect(registrationHash({ ...claude, ...change })).not.toBe(registrationHash(claude));
  });

  it('are never confused by where one redirect URI ends and the next begins', () => {
    const uris = fc.array(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(uris, uris, (one, other) => {
        const same = JSON.stringify([...new Set(one)].sort()) === JSON.stringify([...new Set(other)].sort());
        const hash = (redirectUris: string[]) => registrationHash({ ...claude, redirectUris });
        expect(hash(one) === hash(other)).toBe(same);
      }),
    );
  });
});

describe('what Auth0 keeps of a client', () => {
  const record = {
    ...claude,
    application: 'a'.repeat(32),
    hash: registrationHash(claude),
    createdAt: 1_700_000_000,
    lastUsed: '2026-11-20',
    callbacks: ['https://mcp.example.com/callback'],
    rotates: false,
  };
  const application = (metadata: Record<string, string>) => ({
    id: record.application,
    name: applicationName(record.name),
    callbacks: record.callbacks,
    grantTypes: ['authorization_code', 'refresh_token'],
    metadata,
    rotates: record.rotates,
    organizationUsage: 'deny',
  });

  it('is enough to know the client again', () => {
    expect(recordOf(config, application(metadataOf(config, record)))).toMatchObject(record);
  });

  it('says whether its refresh tokens still rotate', () => {
    const rotating = { ...application(metadataOf(config, record)), rotates: true };
    expect(recordOf(config, rotating)?.rotates).toBe(true);
  });

  it('is enough to know a document client again', () => {
    const document = 'https://claude.ai/client.json';
    const made = { ...record, document };
    expect(recordOf(config, application(metadataOf(config, made)))).toMatchObject({
      document,
      hash: record.hash,
    });
  });

  it('stays within ten values of 255 characters at the most that may be registered', () => {
    const uri = (length: number) => `https://claude.ai/${'a'.repeat(length - 18)}`;
    const redirectUris = [uri(255), uri(255), uri(255), uri(252)];
    expect(redirectUris.join(' ')).toHaveLength(redirectUrisLimit);
    const metadata = metadataOf(config, { ...record, redirectUris });
    expect(Object.keys(metadata).length).toBeLessThanOrEqual(10);
    expect(Math.max(...Object.values(metadata).map((value) => value.length))).toBeLessThanOrEqual(255);
    expect(recordOf(config, application(metadata))?.redirectUris).toEqual(redirectUris);
  });

  it.each([
    ['carries no metadata', {}],
    ['was made by something else', { ...metadataOf(config, record), made_by: 'terraform' }],
    ['belongs to another API', metadataOf(configFor('https://other.example.com'), record)],
    ['has no creation time', { ...metadataOf(config, record), created_at: 'soon' }],
  ])('is not taken for ours when the application %s', (_, metadata) => {
    expect(recordOf(config, application(metadata))).toBeUndefined();
  });

  it('is still taken for ours after the API identifier changed, while the old one is accepted', () => {
    const changed = configFor('https://new.example.com,https://mcp.example.com');
    expect(recordOf(changed, application(metadataOf(config, record)))).toBeDefined();
  });
});
