import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { locationOf } from '../attacks/steps.ts';
import {
  adminUser,
  browserUser,
  demoUser,
  readForm,
  type SignInOptions,
  signIn,
  textOf,
} from '../support/browser-user.ts';
import { manageTenant } from '../support/manage-tenant.ts';
import { oauthClient } from '../support/oauth-client.ts';
import { fetchFrom } from '../support/public-hosts.ts';
import { useStack } from '../support/stack.ts';

const stack = useStack({ organizations: 'optional' });
const acmeOrigin = () => `http://acme.localhost:${stack().port}`;

beforeAll(async () => {
  vi.stubGlobal('fetch', fetchFrom(stack().serverUrl, [new URL(acmeOrigin()).host]));
  const client = oauthClient(stack().serverUrl);
  for (const name of ['acme', 'globex'])
    await client.tokens(
      await client.register({ client_name: `App at ${name}` }),
      {},
      {
        resource: `${stack().serverUrl}/o/${name}/mcp`,
      },
    );
  await client.tokens(await client.register({ client_name: 'Personal app' }), {
    organization: 'Personal account',
  });
  await stack().functions.idle();
});
afterAll(() => {
  vi.unstubAllGlobals();
});

/** Opens a page with a sign-in button, signs in, and returns the connections page that it leads to. */
async function open(page: string, options: SignInOptions = {}) {
  const browser = browserUser();
  const text = await (await browser.visit(page)).text();
  const form = readForm(text);
  if (!form) throw new Error(textOf(text));
  const atTenant = locationOf(await browser.submit(page, form, ['sign-in', 'any']));
  const callback = await browser.signIn(atTenant, { user: demoUser, ...options });
  const answered = await browser.visit(callback);
  const markup = answered.headers.has('location')
    ? await (await browser.visit(locationOf(answered))).text()
    : await answered.text();
  return { atTenant: new URL(atTenant), markup, text: textOf(markup), before: textOf(text) };
}

const appsIn = ({ markup }: { markup: string }) =>
  [...markup.matchAll(/<h2><bdi>(.*?)<\/bdi>/g)].map(([, name]) => name);

describe('the connections page', () => {
  it.each([
    ['Acme', ['App at acme'], 'to the organization acme'],
    ['Globex', ['App at globex'], 'to the organization globex'],
    ['Personal account', ['Personal app'], 'You are signed in as demo@example.com .'],
  ])(
    'lists what was connected in the organization that the user chooses: %s',
    async (organization, apps, words) => {
      const page = await open(`${stack().serverUrl}/connections`, { organization });
      expect(appsIn(page)).toEqual(apps);
      expect(page.text).toContain(words);
    },
  );

  it('is that of an organization at its origin', async () => {
    const page = await open(`${acmeOrigin()}/connections`);
    expect(page.text).toContain('to the organization acme');
    // The other address of the same organization.
    expect(appsIn(page)).toEqual(['App at acme']);
  });
});

describe('an invitation', () => {
  const invite = async () => {
    const manage = await manageTenant(stack());
    const clients: { name: string; client_id: string }[] = await manage('GET', 'clients?per_page=100');
    const shared = clients.find(({ name }) => name.startsWith('Clients without'))?.client_id ?? '';
    // The server sets it with an https URL alone, which is what Auth0 takes.
    await manage('PATCH', `clients/${shared}`, { initiate_login_uri: `${stack().serverUrl}/connections` });
    const acme = stack().tenant.organizations.find(({ name }) => name === 'acme')?.id;
    const { invitation_url } = await manage('POST', `organizations/${acme}/invitations`, {
      inviter: { name: 'Ada' },
      invitee: { email: adminUser.email },
      client_id: shared,
    });
    return String(invitation_url);
  };

  it('is accepted on the connections page, which then says where to connect', async () => {
    const link = await invite();
    const page = await open(link, { user: adminUser });
    expect(page.before).toContain('You are invited to the organization Acme');
    expect(page.text).toContain('to the organization acme');
    expect(page.text).toContain(`${stack().serverUrl}/o/acme/mcp`);
    const client = oauthClient(stack().serverUrl);
    const resource = `${stack().serverUrl}/o/acme/mcp`;
    const url = client.authorizationUrl(await client.register(), { resource });
    expect((await signIn(url, { user: adminUser })).searchParams.has('code')).toBe(true);
  });

  it('works for the invited address alone', async () => {
    const page = await open(await invite(), { user: { email: 'other@example.com', password: 'other' } });
    expect(page.text).toContain('You are not a member of this organization');
  });

  it('of another organization, or of none, is refused at once', async () => {
    const link = new URL(await invite());
    const globex = stack().tenant.organizations.find(({ name }) => name === 'globex')?.id ?? '';
    const changed = [{ organization: 'org_unknown' }, { organization: 'x' }, { invitation: '<b>' }];
    for (const change of changed) {
      const url = new URL(link);
      for (const [name, value] of Object.entries(change)) url.searchParams.set(name, value);
      expect([change, (await fetch(url)).status]).toEqual([change, 400]);
    }
    const elsewhere = new URL(`${acmeOrigin()}/connections${link.search}`);
    elsewhere.searchParams.set('organization', globex);
    expect((await fetch(elsewhere)).status).toBe(400);
  });

  it('means nothing to a connections page that is asked for without one', async () => {
    const page = await (await fetch(`${stack().serverUrl}/connections?organization=org_x`)).text();
    expect(page).not.toContain('You are invited');
  });
});
