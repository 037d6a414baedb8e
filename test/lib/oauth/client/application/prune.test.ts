import { beforeEach, describe, expect, it } from 'vitest';
import { deadlineIn } from '../../../../../lib/auth0/request.ts';
import { applicationFor } from '../../../../../lib/oauth/client/application/application.ts';
import { ensureApplication } from '../../../../../lib/oauth/client/application/create.ts';
import {
  outlivedCallbacks,
  pruneClients,
  removalReason,
} from '../../../../../lib/oauth/client/application/prune.ts';
import { findClient } from '../../../../../lib/oauth/client/find-client.ts';
import { type InstanceContext, useInstances } from '../../../../support/instances.ts';

const request = new Request('https://mcp.example.com/authorize', { headers: { 'x-real-ip': '127.0.0.1' } });

const running = useInstances();

beforeEach(async () => {
  const { tenant, emptyStore, instance } = running();
  tenant.switches.faults = {};
  await emptyStore();
  for (const { client_id, client_metadata } of tenant.applications())
    if (client_metadata?.made_by) await remove(instance(), client_id);
});

async function remove({ config }: InstanceContext, id: string) {
  const { deleteApplication } = await import('../../../../../lib/auth0/applications.ts');
  await deleteApplication(config, id);
}

const now = Date.parse('2026-11-23T12:00:00Z');
const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);

/** An application of ours, `made` days ago and last `used` days ago. */
async function application(
  context: InstanceContext,
  name: string,
  { made = 0, used }: { made?: number; used?: number } = {},
): Promise<string> {
  const registration = {
    name,
    redirectUris: ['https://app.example.com/cb'],
    authMethod: 'none' as const,
    usesRefreshToken: true,
  };
  const making = { claim: 'approved' as const, callbacks: ['https://mcp.example.com/callback'] };
  const id = (await ensureApplication(context.config, registration, making)).application;
  const stored = running()
    .tenant.applications()
    .find(({ client_id }) => client_id === id);
  if (!stored?.client_metadata) throw new Error('not made');
  stored.client_metadata.created_at = String(Math.floor(daysAgo(made).getTime() / 1000));
  if (used !== undefined) stored.client_metadata.last_used = daysAgo(used).toISOString().slice(0, 10);
  return id;
}

const remaining = () =>
  running()
    .tenant.applications()
    .map(({ name }) => name)
    .sort();

describe('an application goes', () => {
  const day = 86_400;
  const made = (days: number) => now / 1000 - days * day;
  it.each([
    ['a day after it was made, if nobody used it', { createdAt: made(1.1) }, 30, 'never used'],
    ['not before', { createdAt: made(0.9) }, 30, undefined],
    [
      'not while it was used within the idle days that are configured',
      { createdAt: made(900), lastUsed: '2026-01-01' },
      3650,
      undefined,
    ],
    ['after the idle days', { createdAt: made(900), lastUsed: '2026-10-01' }, 30, 'idle'],
    [
      'not before, as use is noted weekly only',
      { createdAt: made(900), lastUsed: '2026-10-19' },
      30,
      undefined,
    ],
  ])('%s', (_, record, idleDays, reason) => {
    const rest = {
      application: 'a',
      hash: 'h',
      name: 'n',
      redirectUris: [],
      authMethod: 'none' as const,
      usesRefreshToken: true,
    };
    expect(removalReason({ ...rest, callbacks: [], ...record }, idleDays, now)).toBe(reason);
  });
});

describe('a callback goes', () => {
  it('when its origin is not configured any more, and only if it is one of ours by its path', () => {
    const callbacks = [
      'https://mcp.example.com/callback',
      'https://preview-1.example.com/callback',
      'https://preview-1.example.com/something-else',
    ];
    const record = {
      application: 'a',
      hash: 'h',
      name: 'n',
      redirectUris: [],
      authMethod: 'none' as const,
      usesRefreshToken: true,
      createdAt: 1,
      callbacks,
    };
    expect(outlivedCallbacks(record, ['https://mcp.example.com'])).toEqual([
      'https://preview-1.example.com/callback',
    ]);
  });
});

describe('pruning', () => {
  it('removes what nobody uses and nothing else, and the client is unknown from then on', async () => {
    const context = running().instance({ PRUNE_IDLE_DAYS: '60' });
    const unused = await application(context, 'unused', { made: 2 });
    await application(context, 'fresh', { made: 0.5 });
    await application(context, 'idle', { made: 200, used: 100 });
    await application(context, 'busy', { made: 200, used: 3 });
    const foreign = await application(context, 'foreign', { made: 500 });
    const stored = running()
      .tenant.applications()
      .find(({ client_id }) => client_id === foreign);
    if (stored?.client_metadata) stored.client_metadata.made_by = 'someone-else';

    const report = await pruneClients(context.config, false, deadlineIn(10_000));
    expect(report).toMatchObject({
      dry_run: false,
      examined: 4,
      failed: [],
      complete: true,
      removed: [
        { application: unused, name: 'unused', reason: 'never used' },
        { name: 'idle', reason: 'idle' },
      ],
    });
    expect(remaining()).toEqual(['MCP server management', 'busy (MCP)', 'foreign (MCP)', 'fresh (MCP)']);
    expect(await findClient(running().instance(), unused)).toBeUndefined();
  });

  it('by a dry run says the same and changes nothing', async () => {
    const context = running().instance();
    await application(context, 'unused', { made: 2 });
    running().asked();
    const report = await pruneClients(context.config, true, deadlineIn(10_000));
    expect(report).toMatchObject({ dry_run: true, removed: [{ name: 'unused', reason: 'never used' }] });
    expect(remaining()).toContain('unused (MCP)');
    expect(
      running()
        .asked()
        .every((call) => call.startsWith('GET')),
    ).toBe(true);
  });

  it('takes a preview’s callback away; the preview puts it back on its next use', async () => {
    const { instance, tenant } = running();
    const production = instance();
    const preview = { ...instance(), origin: 'https://preview.example.com' };
    const id = await application(production, 'used');
    const client = await findClient(preview, id);
    if (!client) throw new Error('not found');
    const callbacks = () => tenant.applications().find(({ client_id }) => client_id === id)?.callbacks;
    await applicationFor(request, preview, client);
    expect(callbacks()).toContain('https://preview.example.com/callback');
    const report = await pruneClients(production.config, false, deadlineIn(10_000));
    expect(report.callbacks_removed).toMatchObject([{ callbacks: ['https://preview.example.com/callback'] }]);
    expect(callbacks()).toEqual(['https://mcp.example.com/callback']);
    await applicationFor(request, preview, client);
    expect(callbacks()).toContain('https://preview.example.com/callback');
  });

  it('goes on after a failure and reports it', async () => {
    const { instance, tenant } = running();
    const context = instance();
    await application(context, 'one', { made: 2 });
    await application(context, 'two', { made: 2 });
    tenant.switches.faults = { 'DELETE /api/v2/clients/*': { status: 400, body: {}, nth: 1 } };
    const report = await pruneClients(context.config, false, deadlineIn(10_000));
    expect(report.failed).toHaveLength(1);
    expect(report.removed).toHaveLength(1);
  });

  it('stops when time is up and says so', async () => {
    const { instance, tenant } = running();
    const context = instance();
    for (const name of ['one', 'two', 'three']) await application(context, name, { made: 2 });
    tenant.switches.faults = { 'DELETE /api/v2/clients/*': { delayMs: 150 } };
    const report = await pruneClients(context.config, false, deadlineIn(350));
    expect(report.complete).toBe(false);
    expect(report.removed.length).toBeLessThan(3);
  });
});
