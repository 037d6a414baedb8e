import { EncryptJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { type Config, readConfig } from '../../lib/config.ts';
import { keysFor, macs, open, seal } from '../../lib/sealing.ts';

function configWith(secrets: Record<string, string>): Config {
  const result = readConfig({
    AUTH0_DOMAIN: 'acme.auth0.com',
    AUTH0_CLIENT_ID: 'id',
    AUTH0_CLIENT_SECRET: 'management-secret',
    SERVER_URL: 'https://mcp.example.com',
    ...secrets,
  });
  if ('failure' in result) throw new Error('incomplete');
  return result.value;
}

const [first, second] = ['a'.repeat(32), 'b'.repeat(32)] as const;
const config = configWith({ SEALING_SECRET: first });

describe('a sealed value', () => {
  it('opens for the purpose it was sealed for', async () => {
    const sealed = await seal(config, 'state', { client: 'x' }, 60);
    expect(await open(config, 'state', sealed)).toEqual({ value: { client: 'x' } });
  });

  it('shows nothing of what it holds', async () => {
    const sealed = await seal(config, 'code', { code: 'upstream-code' }, 60);
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('upstream');
  });

  it('does not open for another purpose', async () => {
    const sealed = await seal(config, 'state', 1, 60);
    expect(await open(config, 'code', sealed)).toEqual({ failure: 'invalid' });
  });

  it('says when it has expired', async () => {
    const sealed = await seal(config, 'state', 1, -1);
    expect(await open(config, 'state', sealed)).toEqual({ failure: 'expired' });
  });

  it('does not open when it never expires', async () => {
    const [key] = keysFor(config, 'state');
    const eternal = await new EncryptJWT({ v: 1 })
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(key);
    expect(await open(config, 'state', eternal)).toEqual({ failure: 'invalid' });
  });

  it.each(['', 'x', 'a.b.c.d.e', '....', 'eyJhbGciOiJub25lIn0..', '\u0000'])('rejects %j', async (forged) => {
    expect(await open(config, 'state', forged)).toEqual({ failure: 'invalid' });
  });

  it('does not open with one character changed', async () => {
    const sealed = await seal(config, 'state', 1, 60);
    const at = sealed.length - 30;
    const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
    expect(await open(config, 'state', changed)).toEqual({ failure: 'invalid' });
  });

  it('opens after a rotation while the previous secret is kept, and no longer', async () => {
    const sealed = await seal(config, 'state', 1, 60);
    const rotated = configWith({ SEALING_SECRET: second, SEALING_SECRET_PREVIOUS: first });
    expect(await open(rotated, 'state', sealed)).toEqual({ value: 1 });
    expect(await open(configWith({ SEALING_SECRET: second }), 'state', sealed)).toEqual({
      failure: 'invalid',
    });
  });

  it('has a code for each accepted secret, the current one first', () => {
    const rotated = configWith({ SEALING_SECRET: second, SEALING_SECRET_PREVIOUS: first });
    expect(macs(rotated, 'principal', 'x')[1]).toBe(macs(config, 'principal', 'x')[0]);
    expect(macs(rotated, 'principal', 'x')[0]).not.toBe(macs(config, 'principal', 'x')[0]);
  });
});
