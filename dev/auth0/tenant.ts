/**
 * An Auth0 tenant on loopback, in memory, over plain http. The local server signs in with it, and tests run against
 * it. Its OpenID core is oidc-provider; the other files here make it behave like Auth0.
 *
 * For tools outside this process:
 * - `GET   /_local/switches`       how the tenant misbehaves, as JSON
 * - `PATCH /_local/switches`       changes the switches in the body; `null` resets one to its default
 * - `GET   /_local/users`          every user, with permissions and blocks
 * - `PATCH /_local/users/{email}`  changes `blocked` or `permissions`; `null` gives every permission
 * - `GET   /_local/requests`       every request since the start: method, path, status
 * - `GET   /_local/applications`   everything in `/api/v2/clients`
 * - `POST  /_local/rotate-keys`    signs with a new key from now on; the previous key stays in the key set
 */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { unplug } from '../unplug.ts';
import { createAdapters } from './adapter.ts';
import { authorizationResponse, authorize } from './authorize.ts';
import { injectFaults } from './faults.ts';
import { localEndpoints } from './local-endpoints.ts';
import { login } from './login.ts';
import { logout } from './logout.ts';
import { managementApi } from './management/router.ts';
import { metadata } from './metadata.ts';
import type { Application } from './model/applications.ts';
import type { Organization } from './model/organizations.ts';
import type { User } from './model/users.ts';
import type { ConnectedAccount } from './model/vault.ts';
import { connectPage } from './my-account/connect-page.ts';
import { connectedAccounts } from './my-account/connected-accounts.ts';
import { organizationPages } from './organizations/pages.ts';
import { createProvider, newCookieKey } from './provider.ts';
import { registration } from './registration.ts';
import { type LoggedRequest, logRequests } from './request-log.ts';
import { revocation } from './revocation.ts';
import { seedState } from './seed.ts';
import { createSigningKeys, releaseSigningKeys, rotateSigningKeys } from './signing-keys.ts';
import type { Switches } from './switches.ts';
import type { TenantOptions } from './tenant-options.ts';
import { rememberGrantErrors, token } from './token.ts';
import { userinfo } from './userinfo.ts';

export type { Application } from './model/applications.ts';
export type { Fault, Switches } from './switches.ts';
export type { TenantOptions } from './tenant-options.ts';

export type Tenant = {
  /** `http://localhost:PORT`, without a trailing slash. */
  origin: string;
  /** The origin with a trailing slash, like every Auth0 issuer. */
  issuer: string;
  /** Change them at any time. They are read on every request. */
  switches: Switches;
  /** Change `blocked` and `permissions` at any time. */
  users: User[];
  /** Change members and their roles at any time. */
  organizations: Organization[];
  /** The newest 10 000 requests, oldest first. */
  requests: LoggedRequest[];
  applications(): readonly Application[];
  /** The accounts of other companies that users have connected. */
  connectedAccounts(): readonly ConnectedAccount[];
  /** Signs with a new key from now on. The previous key stays in the key set. */
  rotateKeys(): Promise<void>;
  /** Lets time pass for the tenant: moves its clock forward. */
  advance(seconds: number): void;
  /** Called with the path of each request to the tenant before it is processed. `drop` resets its connection. */
  intercept?: ((path: string) => Promise<'drop' | undefined>) | undefined;
  /** Takes the tenant off its port, as if its machine were gone. Resolves to a function that puts it back. */
  unplug(): Promise<() => Promise<void>>;
  /** Stops the tenant and ends hanging requests. Its state is lost. */
  close(): Promise<void>;
};

/** Starts a tenant on loopback. Rejects with `EADDRINUSE` if the port is in use. */
export async function startTenant(options: TenantOptions): Promise<Tenant> {
  let tenant: Tenant | undefined;
  let listener: RequestListener = (_request, response) => response.writeHead(503).end();
  const server = createServer(async (request, response) => {
    const path = request.url?.split('?')[0] ?? '/';
    if ((await tenant?.intercept?.(path)) === 'drop') return void request.socket.destroy();
    listener(request, response);
  });
  const [keys] = await Promise.all([
    createSigningKeys(),
    new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(options.port, '127.0.0.1', resolve);
    }),
  ]);
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const state = seedState(origin, keys, options);
  const requests: LoggedRequest[] = [];
  const adapters = createAdapters(state);
  const cookieKey = newCookieKey();

  const build = () => {
    const provider = createProvider(state, adapters, cookieKey);
    rememberGrantErrors(provider);
    provider.use(logRequests(requests, options.onRequest));
    provider.use(localEndpoints(state, requests, rotateKeys));
    provider.use(faults);
    provider.use(metadata(state));
    provider.use(management);
    provider.use(connectedAccounts(state));
    provider.use(connectPage(state));
    provider.use(authorizationResponse(state));
    provider.use(authorize(state));
    provider.use(login(state, () => provider));
    provider.use(organizationPages(state, () => provider));
    provider.use(token(state));
    provider.use(userinfoEndpoint);
    provider.use(revocation(state));
    provider.use(registration(state));
    provider.use(logout(state, () => provider));
    return provider.callback();
  };
  const rotateKeys = async () => {
    await rotateSigningKeys(state.keys);
    listener = build();
  };
  // These count requests, so they must survive a key rotation.
  const faults = injectFaults(state.switches);
  const management = managementApi(state);
  const userinfoEndpoint = userinfo(state);
  listener = build();

  tenant = {
    origin,
    issuer: state.issuer,
    switches: state.switches,
    users: state.users,
    organizations: state.organizations,
    requests,
    applications: () => [...state.applications.values()],
    connectedAccounts: () => state.vault.accounts,
    rotateKeys,
    advance: (seconds) => {
      state.switches.clockSkewSeconds += seconds;
    },
    unplug: () => unplug(server),
    close: () =>
      new Promise((resolve) => {
        server.close((error) => {
          // It is an error to close it twice.
          if (!error) releaseSigningKeys(keys);
          resolve();
        });
        server.closeAllConnections();
      }),
  };
  return tenant;
}
