import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { deleteApplication } from '../../../../lib/auth0/applications.ts';
import { OAuthError } from '../../../../lib/http/errors.ts';
import {
  applicationFor,
  noteClientUse,
  stopRotation,
} from '../../../../lib/oauth/client/application/application.ts';
import { ensureApplication } from '../../../../lib/oauth/client/application/create.ts';
import { searchRecordByHash } from '../../../../lib/oauth/client/application/lookup.ts';
import { type FoundClient, registrationHash } from '../../../../lib/oauth/client/application/record.ts';
import { findClient } from '../../../../lib/oauth/client/find-client.ts';
import { type DocumentSite, startDocumentSite } from '../../../support/document-site.ts';
import { eventually } from '../../../support/eventually.ts';
import { type InstanceContext, useInstances } from '../../../support/instances.ts';

const running = useInstances();
let site: DocumentSite;
beforeAll(async () => {
  site = await startDocumentSite();
});
afterAll(() => site.close());

beforeEach(async () => {
  const { tenant, store, emptyStore, asked } = running();
  tenant.switches.faults = {};
  store.faults.outage = 'none';
  await emptyStore();
  asked();
  site.pages.clear();
  site.asked.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
});

const request = new Request('https://mcp.example.com/authorize', { headers: { 'x-real-ip': '127.0.0.1' } });
const unknownId = 'A'.repeat(32);
let names = 0;

async function registered(context: InstanceContext): Promise<string> {
  const registration = {
    name: `Client ${names++}`,
    redirectUris: ['https://app.example.com/cb', 'http://localhost:1/cb'],
    authMethod: 'client_secret_post' as const,
    usesRefreshToken: true,
  };
  const making = { claim: 'approved' as const, callbacks: ['https://mcp.example.com/callback'] };
  return (await ensureApplication(context.config, registration, making)).application;
}

const applicationAt = (id: string | undefined) =>
  running()
    .tenant.applications()
    .find(({ client_id }) => client_id === id);

async function found(context: InstanceContext, id: string): Promise<FoundClient> {
  const client = await findClient(context, id);
  if (!client) throw new Error('not found');
  return client;
}

async function refusal(work: Promise<unknown>): Promise<OAuthError> {
  const error = await work.catch((thrown) => thrown);
  if (error instanceof OAuthError) return error;
  throw new Error(`not refused as expected: ${error}`);
}

describe('a registered client', () => {
  it('is found by its copy in the store, without asking the tenant', async () => {
    const { instance, asked } = running();
    const id = await registered(instance());
    asked();
    expect(await findClient(instance(), id)).toMatchObject({
      id,
      source: 'registration',
      redirectUris: ['https://app.example.com/cb', 'http://localhost:1/cb'],
      authMethod: 'client_secret_post',
      usesRefreshToken: true,
    });
    expect(asked()).toEqual([]);
  });

  it('is the same after the store was emptied', async () => {
    const { instance, emptyStore } = running();
    const context = instance();
    const id = await registered(context);
    const before = await found(context, id);
    await emptyStore();
    // Auth0 does not say which connections were enabled, so they are enabled again.
    const record = { ...before.record, connections: undefined, rotates: false };
    expect(await findClient(instance(), id)).toEqual({ ...before, record });
  });

  it('is found while the store is down, and while store and tenant are, where it was seen before', async () => {
    const { instance, store, tenant } = running();
    const context = instance();
    const id = await registered(context);
    store.faults.outage = 'refused';
    expect(await findClient(instance(), id)).toMatchObject({ id });
    tenant.switches.faults = { 'GET /api/v2/clients/*': { status: 503 } };
    expect(await findClient(context, id)).toMatchObject({ id });
    expect((await refusal(findClient(instance(), id))).code).toBe('temporarily_unavailable');
  });

  it.each([
    ['an id that is none', 'not-an-id'],
    ['an empty id', ''],
    ['an id with a path in it', `${'a'.repeat(28)}/../`],
    ['an http URL', 'http://app.example.com/client.json'],
  ])('is not found by %s, and the tenant is not asked', async (_, id) => {
    const { instance, asked } = running();
    expect(await findClient(instance(), id)).toBeUndefined();
    expect(asked()).toEqual([]);
  });

  it('is not found by an unknown id, for which the tenant is asked once', async () => {
    const { instance, asked } = running();
    expect(await findClient(instance(), unknownId)).toBeUndefined();
    asked();
    expect(await findClient(instance(), unknownId)).toBeUndefined();
    expect(asked()).toEqual([]);
  });

  it('is never an application that this server did not make', async () => {
    const { instance, emptyStore } = running();
    const id = await registered(instance());
    const metadata = applicationAt(id)?.client_metadata;
    if (metadata) metadata.made_by = 'someone-else';
    await emptyStore();
    expect(await findClient(instance(), id)).toBeUndefined();
  });

  it('is not known when the tenant cannot be asked: 503 with Retry-After, not an unknown client', async () => {
    const { instance, tenant } = running();
    tenant.switches.faults = { 'GET /api/v2/clients/*': { status: 500 } };
    const error = await refusal(findClient(instance(), unknownId));
    expect(error).toMatchObject({ code: 'temporarily_unavailable', status: 503 });
    expect(error.retryAfterSeconds).toBeGreaterThan(0);
  });
});

describe('the application of a registered client', () => {
  it('gets a preview’s callback on first use there, and keeps the others', async () => {
    const { instance, asked } = running();
    const context = instance({ ALLOWED_ORIGINS: 'https://preview.example.com' });
    const id = await registered(context);
    const client = await found(context, id);
    const preview = { ...context, origin: 'https://preview.example.com' };
    expect(await applicationFor(request, preview, client)).toBe(id);
    expect(applicationAt(id)?.callbacks).toEqual([
      'https://mcp.example.com/callback',
      'https://preview.example.com/callback',
    ]);
    // Approving proves nothing: only tokens make it used.
    expect(applicationAt(id)?.client_metadata).not.toHaveProperty('last_used');
    asked();
    expect(await applicationFor(request, preview, await found(instance(), id))).toBe(id);
    expect(asked()).toEqual([]);
  });

  it('keeps callbacks that two previews add at the same moment', async () => {
    const { instance } = running();
    const origins = ['https://a.example.com', 'https://b.example.com'];
    const id = await registered(instance());
    const client = await found(instance(), id);
    await Promise.all(origins.map((origin) => applicationFor(request, { ...instance(), origin }, client)));
    expect(applicationAt(id)?.callbacks).toHaveLength(3);
  });

  it('gets connections that were configured since', async () => {
    const { instance } = running();
    const id = await registered(instance({ AUTH0_CONNECTIONS: 'google-oauth2' }));
    running().asked();
    await applicationFor(request, instance(), await found(instance(), id));
    const enabled = running()
      .asked()
      .filter((call) => /^PATCH .*\/clients$/.test(call));
    expect(enabled).toHaveLength(2);
  });

  it('is noted as used once it has got tokens', async () => {
    const context = running().instance();
    const id = await registered(context);
    noteClientUse(context.config, await found(context, id));
    await eventually(() =>
      expect(applicationAt(id)?.client_metadata?.last_used).toMatch(/^\d{4}-\d\d-\d\d$/),
    );
  });

  it('is refused as invalid_client if it is deleted during the request, and unknown from then on', async () => {
    const { instance } = running();
    const context = instance({ ALLOWED_ORIGINS: 'https://preview.example.com' });
    const client = await found(context, await registered(context));
    await deleteApplication(context.config, client.id);
    const preview = { ...context, origin: 'https://preview.example.com' };
    expect((await refusal(applicationFor(request, preview, client))).code).toBe('invalid_client');
    expect(await findClient(context, client.id)).toBeUndefined();
    expect(await findClient(instance(), client.id)).toBeUndefined();
  });

  it.each(['a sign-in', 'a refresh token of an earlier version'])(
    'gets refresh tokens that stay at %s, if an earlier version made it',
    async (occasion) => {
      const { instance, emptyStore, asked } = running();
      const id = await registered(instance());
      const application = applicationAt(id);
      if (application)
        application.refresh_token = { ...application.refresh_token, rotation_type: 'rotating', leeway: 60 };
      await emptyStore();
      const context = instance();
      const client = await found(context, id);
      expect(client.record?.rotates).toBe(true);
      const done =
        occasion === 'a sign-in'
          ? applicationFor(request, context, client)
          : stopRotation(context.config, client);
      await done;
      expect(applicationAt(id)?.refresh_token).toMatchObject({
        rotation_type: 'non-rotating',
        expiration_type: 'expiring',
        idle_token_lifetime: 30 * 86_400,
      });
      asked();
      await stopRotation(context.config, await found(instance(), id));
      expect(asked()).toEqual([]);
    },
  );
});

describe('a client with a metadata document', () => {
  const local = { ALLOWED_LOCAL_DOCUMENTS: 'true' };
  let documents = 0;

  function publish(change: Record<string, unknown> = {}, headers: Record<string, string> = {}): string {
    const path = `/client-${documents++}.json`;
    const id = `https://localhost:${site.port}${path}`;
    const body = {
      client_id: id,
      client_name: 'Document client',
      redirect_uris: ['http://localhost/cb'],
      token_endpoint_auth_method: 'none',
      ...change,
    };
    site.pages.set(path, { body, headers });
    return id;
  }

  /** The application of a document's client, looked up at the tenant if there is no copy. */
  async function applicationOf({ config }: InstanceContext, client: FoundClient) {
    const hash = registrationHash({ ...client, document: client.id });
    return (await searchRecordByHash(config, hash))?.application;
  }

  it('is found by its URL, read once while fresh, at every instance', async () => {
    const { instance } = running();
    const id = publish({}, { 'cache-control': 'max-age=600' });
    const expected = { id, source: 'document', name: 'Document client', authMethod: 'none' };
    expect(await findClient(instance(local), id)).toMatchObject(expected);
    expect(await findClient(instance(local), id)).toMatchObject(expected);
    expect(site.asked).toHaveLength(1);
  });

  it('creates nothing at the tenant until a user approves', async () => {
    const { instance, asked } = running();
    const context = instance(local);
    const client = await found(context, publish());
    expect(await applicationOf(context, client)).toBeUndefined();
    expect(asked().filter((call) => call.startsWith('POST /api'))).toEqual([]);
  });

  it('is noted as used once it has got tokens', async () => {
    const context = running().instance(local);
    const client = await found(context, publish());
    const id = await applicationFor(request, context, client);
    expect(applicationAt(id)?.client_metadata).not.toHaveProperty('last_used');
    noteClientUse(context.config, client);
    await eventually(() =>
      expect(applicationAt(id)?.client_metadata?.last_used).toMatch(/^\d{4}-\d\d-\d\d$/),
    );
  });

  it('can take up refresh tokens later, with the application that it has', async () => {
    const context = running().instance(local);
    const client = await found(context, publish({ grant_types: ['authorization_code'] }));
    expect(client.usesRefreshToken).toBe(false);
    const application = applicationAt(await applicationFor(request, context, client));
    expect(application?.grant_types).toContain('refresh_token');
  });

  it('gets one application for 40 approvals at once at four instances, also after the store was emptied', async () => {
    const { instance, emptyStore } = running();
    const client = await found(instance(local), publish());
    for (let round = 0; round < 2; round++) {
      const instances = Array.from({ length: 4 }, () => instance(local));
      const ids = await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          applicationFor(request, instances[index % 4] ?? instance(), client),
        ),
      );
      expect(new Set(ids).size).toBe(1);
      await emptyStore();
      expect(await applicationOf(instance(local), client)).toBe(ids[0]);
    }
  });

  it('is not found by the id of its application', async () => {
    const { instance } = running();
    const context = instance(local);
    const application = await applicationFor(request, context, await found(context, publish()));
    expect(await findClient(context, application)).toBeUndefined();
  });

  it('is found by its old document while its site is down, for a day', async () => {
    const { instance } = running();
    const id = publish();
    await findClient(instance(local), id);
    site.pages.set(new URL(id).pathname, { status: 503 });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 20 * 3600_000 });
    expect(await findClient(instance(local), id)).toMatchObject({ id });
    expect(site.asked).toHaveLength(2);
    vi.setSystemTime(Date.now() + 5 * 3600_000);
    expect((await refusal(findClient(instance(local), id))).code).toBe('temporarily_unavailable');
  });

  it('is gone when its document is', async () => {
    const { instance } = running();
    const id = publish();
    await findClient(instance(local), id);
    site.pages.delete(new URL(id).pathname);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * 3600_000 });
    expect((await refusal(findClient(instance(local), id))).code).toBe('invalid_client');
  });

  it.each<[string, Record<string, unknown>]>([
    ['another client_id', { client_id: 'https://app.example.com/client.json' }],
    ['a secret', { client_secret: 'hunter2' }],
    ['no redirect URI that is allowed', { redirect_uris: ['myapp://cb'] }],
  ])('with %s is an invalid_client', async (_, change) => {
    const error = await refusal(findClient(running().instance(local), publish(change)));
    expect(error.code).toBe('invalid_client');
  });

  it('whose site does not answer is temporarily_unavailable, and is asked again the next time', async () => {
    const { instance } = running();
    const id = publish();
    const path = new URL(id).pathname;
    const page = site.pages.get(path);
    site.pages.set(path, { status: 500 });
    expect((await refusal(findClient(instance(local), id))).code).toBe('temporarily_unavailable');
    if (page) site.pages.set(path, page);
    expect(await findClient(instance(local), id)).toMatchObject({ id });
  });

  it('is not fetched from this machine by a deployment, which refuses to be told otherwise', async () => {
    const { instance } = running();
    expect((await refusal(findClient(instance(), publish()))).code).toBe('invalid_client');
    expect(site.asked).toEqual([]);
    expect(() => instance({ ...local, VERCEL: '1' })).toThrow('ALLOWED_LOCAL_DOCUMENTS');
  });
});
