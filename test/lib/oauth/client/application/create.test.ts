import { beforeEach, describe, expect, it } from 'vitest';
import type { Tenant } from '../../../../../dev/auth0/tenant.ts';
import { deleteApplication } from '../../../../../lib/auth0/applications.ts';
import { TenantError } from '../../../../../lib/auth0/errors.ts';
import { OAuthError } from '../../../../../lib/http/errors.ts';
import { ensureApplication } from '../../../../../lib/oauth/client/application/create.ts';
import { type Claim, NoRoom } from '../../../../../lib/oauth/client/application/quota.ts';
import { isShared, type Registration } from '../../../../../lib/oauth/client/application/record.ts';
import { isRoomScarce } from '../../../../../lib/oauth/client/application/room.ts';
import { sharedApplication } from '../../../../../lib/oauth/client/application/shared.ts';
import { type InstanceContext, type Instances, useInstances } from '../../../../support/instances.ts';

const running = useInstances();

beforeEach(async () => {
  const { tenant, store, emptyStore, asked } = running();
  Object.assign(tenant.switches, {
    applicationQuota: undefined,
    managementRequestsPerSecond: undefined,
    managementBurst: undefined,
    faults: {},
  });
  store.faults.outage = 'none';
  await emptyStore();
  asked();
});

let names = 0;
const newRegistration = (change: Partial<Registration> = {}): Registration => ({
  name: `App ${names++}`,
  redirectUris: ['https://app.example.com/cb'],
  authMethod: 'none',
  usesRefreshToken: true,
  ...change,
});

const making = { callbacks: ['https://mcp.example.com/callback'] };
const ensure = ({ config }: InstanceContext, registration: Registration, claim: Claim = 'well-known') =>
  ensureApplication(config, registration, { ...making, claim });

const ours = (tenant: Tenant) =>
  tenant.applications().filter(({ client_metadata }) => client_metadata?.made_by);

/** As if nothing had been registered yet. */
async function removeOurs({ tenant, instance }: Instances): Promise<void> {
  const { config } = instance();
  for (const { client_id } of ours(tenant)) await deleteApplication(config, client_id);
}

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);

const named = (name: string) =>
  running()
    .tenant.applications()
    .filter((application) => application.name === `${name} (MCP)`);

/** The refusal's kind or code, and whether the tenant is as it was before. */
async function failure(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown) => thrown,
  );
  if (error instanceof TenantError) return error.kind;
  if (error instanceof OAuthError) return error.code;
  throw new Error(`not refused as expected: ${error}`);
}

describe('an application', () => {
  it('is a public single-page one with our callback alone, and the configured connections', async () => {
    const registration = newRegistration({ authMethod: 'client_secret_post' });
    const record = await ensure(running().instance(), registration);
    expect(named(registration.name)).toMatchObject([
      {
        client_id: record.application,
        app_type: 'spa',
        token_endpoint_auth_method: 'none',
        oidc_conformant: true,
        is_first_party: true,
        callbacks: ['https://mcp.example.com/callback'],
        grant_types: ['authorization_code', 'refresh_token'],
        refresh_token: {
          rotation_type: 'non-rotating',
          expiration_type: 'expiring',
          token_lifetime: 365 * 86_400,
          idle_token_lifetime: 30 * 86_400,
          infinite_token_lifetime: false,
          infinite_idle_token_lifetime: false,
        },
      },
    ]);
    expect(
      running()
        .asked()
        .filter((call) => call.startsWith('PATCH')),
    ).toHaveLength(2);
  });

  it('is found in the store the next time, at another instance, without asking the tenant', async () => {
    const { instance, asked } = running();
    const registration = newRegistration();
    const first = await ensure(instance(), registration);
    asked();
    expect((await ensure(instance(), registration)).application).toBe(first.application);
    expect(asked()).toEqual([]);
  });

  it('is found at the tenant after the store was emptied', async () => {
    const { instance, emptyStore } = running();
    const registration = newRegistration();
    const first = await ensure(instance(), registration);
    await emptyStore();
    expect((await ensure(instance(), registration)).application).toBe(first.application);
    expect(named(registration.name)).toHaveLength(1);
  });

  it('is one for 200 identical registrations at four instances, also after the store was emptied', async () => {
    const { instance, emptyStore } = running();
    const registration = newRegistration();
    for (let round = 0; round < 2; round++) {
      const instances = [instance(), instance(), instance(), instance()];
      const records = await Promise.all(
        Array.from({ length: 200 }, (_, index) => ensure(instances[index % 4] ?? instance(), registration)),
      );
      expect(new Set(records.map(({ application }) => application)).size).toBe(1);
      expect(named(registration.name)).toHaveLength(1);
      await emptyStore();
    }
  });

  it('is one in the end, the same for both, when two instances race while the store is down', async () => {
    const { instance, store, tenant } = running();
    store.faults.outage = 'refused';
    // Both look for the application before either has made it.
    tenant.switches.faults = { 'GET /api/v2/clients': { delayMs: 150 } };
    const registration = newRegistration();
    const [one, other] = [instance(), instance()];
    const records = await Promise.all([one, one, other, other].map((each) => ensure(each, registration)));
    expect(new Set(records.map(({ application }) => application)).size).toBe(1);
    expect(named(registration.name)).toHaveLength(1);
  });

  it('is made within Claude’s ten seconds on a free tenant, two requests a second', async () => {
    const { instance, tenant } = running();
    Object.assign(tenant.switches, { managementRequestsPerSecond: 2, managementBurst: 2 });
    const started = Date.now();
    const registration = newRegistration();
    await ensure(instance(), registration);
    expect(Date.now() - started).toBeLessThan(5000);
    expect(named(registration.name)).toHaveLength(1);
  });

  it('leaves an application alone that merely has the same name', async () => {
    const { instance, tenant } = running();
    const before = tenant.applications().find(({ name }) => name === 'MCP server management');
    const record = await ensure(instance(), newRegistration({ name: 'MCP server management' }));
    expect(record.application).not.toBe(before?.client_id);
  });
});

describe('nothing is left behind', () => {
  it.each<[string, string, object, string]>([
    [
      'creating is refused',
      'POST /api/v2/clients',
      { status: 400, body: { errorCode: 'invalid_body' } },
      'invalid',
    ],
    [
      'creating is forbidden',
      'POST /api/v2/clients',
      { status: 403, body: { errorCode: 'insufficient_scope' } },
      'forbidden-scope',
    ],
    ['creating fails', 'POST /api/v2/clients', { status: 500 }, 'unavailable'],
    ['the connections cannot be listed', 'GET /api/v2/connections', { status: 503 }, 'unavailable'],
    ['the first connection fails', 'PATCH /api/v2/connections/*/clients', { status: 500 }, 'unavailable'],
    [
      'the first connection is refused',
      'PATCH /api/v2/connections/*/clients',
      { status: 403, body: {} },
      'forbidden-scope',
    ],
    [
      'the second connection is refused',
      'PATCH /api/v2/connections/*/clients',
      { status: 400, body: {}, nth: 2 },
      'invalid',
    ],
    ['the connection is cut', 'PATCH /api/v2/connections/*/clients', { reset: true }, 'unavailable'],
    ['no connection exists', 'GET /api/v2/connections', { status: 200, body: [] }, 'invalid'],
  ])('when %s', async (_, endpoint, fault, kind) => {
    const { instance, tenant } = running();
    const registration = newRegistration();
    tenant.switches.faults = { [endpoint]: fault };
    expect(await failure(ensure(instance(), registration))).toBe(kind);
    expect(named(registration.name)).toEqual([]);
    tenant.switches.faults = {};
    await ensure(instance(), registration);
    expect(named(registration.name)).toHaveLength(1);
  });

  it('for good when deleting fails too: the next registration finishes what was begun', async () => {
    const { instance, tenant } = running();
    const registration = newRegistration();
    tenant.switches.faults = {
      'PATCH /api/v2/connections/*/clients': { status: 500 },
      'DELETE /api/v2/clients/*': { status: 500 },
    };
    expect(await failure(ensure(instance(), registration))).toBe('unavailable');
    const [halfMade] = named(registration.name);
    tenant.switches.faults = {};
    const record = await ensure(instance(), registration);
    expect(record.application).toBe(halfMade?.client_id);
    expect(named(registration.name)).toHaveLength(1);
  });

  it('for good when the answer to creating is lost: the next registration finds what was made', async () => {
    const { instance, tenant } = running();
    const registration = newRegistration();
    tenant.switches.faults = { 'POST /api/v2/clients': { reset: true, after: true } };
    expect(await failure(ensure(instance(), registration))).toBe('unavailable');
    tenant.switches.faults = {};
    await ensure(instance(), registration);
    expect(named(registration.name)).toHaveLength(1);
  });

  it('when a connection that is configured does not exist beside one that does', async () => {
    const { instance } = running();
    const registration = newRegistration();
    const env = { AUTH0_CONNECTIONS: 'Username-Password-Authentication,no-such-connection' };
    await ensure(instance(env), registration);
    expect(named(registration.name)).toHaveLength(1);
  });
});

describe('when there is no room', () => {
  it('at the tenant, that is told apart from its other refusals, with nothing half-made', async () => {
    const { instance, tenant } = running();
    tenant.switches.applicationQuota = tenant.applications().length;
    const registration = newRegistration();
    await expect(ensure(instance(), registration)).rejects.toBeInstanceOf(NoRoom);
    expect(named(registration.name)).toEqual([]);
  });

  it('that is remembered for ten minutes at all instances, for registrations alone', async () => {
    const { instance, tenant } = running();
    const { config } = instance();
    expect(await isRoomScarce(config)).toBe(false);
    tenant.switches.applicationQuota = tenant.applications().length;
    await expect(ensure(instance(), newRegistration())).rejects.toBeInstanceOf(NoRoom);
    expect(await isRoomScarce(instance().config)).toBe(true);
    tenant.switches.applicationQuota = undefined;
    await ensure(instance(), newRegistration());
  });

  it.each<[Claim, number]>([
    ['registration', 6],
    ['approved', 6],
    ['well-known', 8],
  ])('a %s finds some while there are fewer than %i of 8', async (claim, ceiling) => {
    const { instance, tenant } = running();
    await removeOurs(running());
    const context = instance({ MAX_CLIENTS: '8' });
    for (let made = 0; made < ceiling; made++) await ensure(context, newRegistration(), claim);
    await expect(ensure(context, newRegistration(), claim)).rejects.toBeInstanceOf(NoRoom);
    expect(ours(tenant)).toHaveLength(ceiling);
  });

  it('registrations leave some to approved clients, and those to well-known ones', async () => {
    const { instance, tenant } = running();
    await removeOurs(running());
    const context = instance({ MAX_CLIENTS: '40' });
    const counts: number[] = [];
    for (const claim of ['registration', 'approved', 'well-known'] as const) {
      while (await ensure(context, newRegistration(), claim).catch(() => undefined));
      counts.push(ours(tenant).length);
    }
    expect(counts).toEqual([30, 36, 40]);
  });

  it('the shared application is made all the same, and takes the place of the least useful one', async () => {
    const { instance, tenant } = running();
    await removeOurs(running());
    const context = instance({ MAX_CLIENTS: '4' });
    const registrations = [newRegistration(), newRegistration(), newRegistration()];
    for (const [index, registration] of registrations.entries()) {
      await ensure(context, registration);
      const [stored] = named(registration.name);
      Object.assign(stored?.client_metadata ?? {}, { last_used: daysAgo(index + 1) });
    }
    tenant.switches.applicationQuota = tenant.applications().length;
    const shared = await sharedApplication(context.config, making);
    expect(isShared(shared)).toBe(true);
    expect(registrations.map(({ name }) => named(name).length)).toEqual([1, 1, 0]);
    expect(await sharedApplication(instance().config, making)).toMatchObject({
      application: shared.application,
    });
  });

  it('the shared application never gives up its place, though nothing notes its use', async () => {
    const { instance, tenant } = running();
    await removeOurs(running());
    const context = instance({ MAX_CLIENTS: '4' });
    const shared = await sharedApplication(context.config, making);
    const stored = tenant.applications().find(({ client_id }) => client_id === shared.application);
    Object.assign(stored?.client_metadata ?? {}, { created_at: '1700000000' });
    for (let made = 1; made < 4; made++) await ensure(context, newRegistration());
    await expect(ensure(context, newRegistration())).rejects.toBeInstanceOf(NoRoom);
    expect(tenant.applications().map(({ client_id }) => client_id)).toContain(shared.application);
  });

  it('our own ceiling holds, also for many at once at several instances', async () => {
    const { instance, tenant } = running();
    const ours = tenant.applications().filter(({ client_metadata }) => client_metadata?.made_by).length;
    const env = { MAX_CLIENTS: String(ours + 2) };
    const [one, other] = [instance(env), instance(env)];
    const registrations = Array.from({ length: 6 }, () => newRegistration());
    const outcomes = await Promise.allSettled(
      registrations.map((registration, index) => ensure(index % 2 ? one : other, registration)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect(registrations.flatMap(({ name }) => named(name))).toHaveLength(2);
  });

  it.each(['our ceiling', 'the tenant’s quota'])(
    'by %s, an application that nobody used for an hour gives up its place',
    async (limit) => {
      const { instance, tenant } = running();
      const old = newRegistration();
      const { application } = await ensure(instance(), old);
      const stored = tenant.applications().find(({ client_id }) => client_id === application);
      if (stored?.client_metadata) stored.client_metadata.created_at = '1700000000';
      const all = tenant.applications();
      const ours = all.filter(({ client_metadata }) => client_metadata?.made_by).length;
      if (limit !== 'our ceiling') tenant.switches.applicationQuota = all.length;
      const fresh = newRegistration();
      await ensure(instance(limit === 'our ceiling' ? { MAX_CLIENTS: String(ours) } : {}), fresh);
      expect(named(fresh.name)).toHaveLength(1);
      expect(named(old.name)).toEqual([]);
    },
  );

  it.each([
    [29, 1],
    [31, 0],
  ])('an application that was last used %i days ago keeps its place, however old: %i', async (days, left) => {
    const { instance } = running();
    await removeOurs(running());
    const old = newRegistration();
    await ensure(instance(), old);
    const [stored] = named(old.name);
    Object.assign(stored?.client_metadata ?? {}, { last_used: daysAgo(days), created_at: '1700000000' });
    const fresh = newRegistration();
    const outcome = ensure(instance({ MAX_CLIENTS: '1' }), fresh);
    if (left) await expect(outcome).rejects.toBeInstanceOf(NoRoom);
    else await outcome;
    expect([named(old.name).length, named(fresh.name).length]).toEqual([left, 1 - left]);
  });

  it('the application that was idle longest gives up its place first', async () => {
    const { instance } = running();
    await removeOurs(running());
    const registrations = [newRegistration(), newRegistration(), newRegistration()];
    for (const [index, registration] of registrations.entries()) {
      await ensure(instance(), registration);
      const [stored] = named(registration.name);
      Object.assign(stored?.client_metadata ?? {}, { last_used: daysAgo([40, 50, 1][index] ?? 0) });
    }
    await ensure(instance({ MAX_CLIENTS: '3' }), newRegistration());
    expect(registrations.map(({ name }) => named(name).length)).toEqual([1, 0, 1]);
  });
});
