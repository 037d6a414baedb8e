import { afterEach, describe, expect, test } from 'vitest';
import { demoOrganizations } from '../../../dev/auth0/model/organizations.ts';
import { type TestStack, useStack } from '../../support/stack.ts';
import { demoUserSignsIn, examineUrl, levels, signedInLevels, tenantOf, wrong } from './examine.ts';

const stack = useStack({ organizations: 'optional' });
const without = useStack({ tenantOptions: { organizations: demoOrganizations } });

afterEach(() => {
  const { organizations } = stack().tenant;
  const [connection] = saved;
  for (const { connections } of organizations)
    if (connection) connections.set(connection, { assign_membership_on_login: false });
});
const saved: string[] = [];

const examine = (at: TestStack, organizations?: 'optional' | 'required') =>
  examineUrl(at.mcpUrl, { tenant: { ...tenantOf(at), organizations } });

const about = /^(?:organization|application-organizations|management)/;
const found = async (...args: Parameters<typeof examine>) =>
  wrong(await examine(...args)).filter((id) => about.test(id));

describe('the doctor', () => {
  test('finds nothing wrong with organizations that are set up', async () => {
    const findings = await examine(stack(), 'optional');
    expect(wrong(findings).filter((id) => about.test(id))).toEqual([]);
    expect(levels(findings)).toMatchObject({ 'tenant-organizations': 'ok' });
  });

  test('finds nothing wrong at the URL of an organization, signed in', async () => {
    const findings = await examineUrl(`${stack().serverUrl}/o/acme/mcp`, demoUserSignsIn);
    expect(wrong(findings)).toEqual([]);
    expect(levels(findings)).toMatchObject(signedInLevels);
  });

  test('does not look at organizations if the server knows none', async () => {
    expect(levels(await examine(without()))).toMatchObject({ 'tenant-organizations': 'skipped' });
  });

  test('recognizes organizations without a connection', async () => {
    for (const { connections } of stack().tenant.organizations) {
      saved.push(...connections.keys());
      connections.clear();
    }
    expect(await found(stack(), 'optional')).toEqual(['organization-connection']);
  });

  test('recognizes applications that do not agree with the configuration', async () => {
    expect(await found(stack(), 'required')).toEqual(['application-organizations']);
  });

  test('recognizes a deployment that knows no organizations', async () => {
    expect(await found(without(), 'optional')).toEqual([
      'organization-metadata',
      'application-organizations',
    ]);
  });

  test('recognizes a tenant without organizations', async () => {
    const { organizations } = without().tenant;
    const removed = organizations.splice(0);
    expect(await found(without(), 'optional')).toEqual([
      'organizations-missing',
      'application-organizations',
    ]);
    organizations.push(...removed);
  });
});
