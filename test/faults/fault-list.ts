import type { Fault } from '../../dev/auth0/tenant.ts';
import type { Stack } from '../../dev/stack.ts';
import type { Faults } from '../../dev/upstash/faults.ts';

type System = 'store' | 'tenant';

/** Something that goes wrong with the store or the tenant, or with both. */
export type NamedFault = {
  name: string;
  /** What does not work meanwhile. A system that is only slow works. */
  out: System[];
  /** Whether requests to the store that began before the end of the fault may still run into their timeout. */
  lingers?: boolean;
  /** Operations with another outcome than what is out suggests; with `either`, both are correct. */
  exceptions?: Record<string, 'served' | 'either'>;
  start(stack: Stack): Promise<void>;
  end(stack: Stack): Promise<void>;
};

type StoreChange = Partial<Pick<Faults, 'outage' | 'delayMs'>>;

const store = (name: string, change: StoreChange, out: System[] = ['store']): NamedFault => ({
  name: `store ${name}`,
  out,
  lingers: change.outage === 'hanging' || change.delayMs !== undefined,
  start: async (stack) => void Object.assign(stack.store.faults, change),
  end: async (stack) => void Object.assign(stack.store.faults, { outage: 'none', delayMs: 0 }),
});

/** The paths that the server asks. The browser's own way through the tenant stays open. */
export const tenantPaths = [
  '/oauth/token',
  '/oauth/revoke',
  '/userinfo',
  '/.well-known/jwks.json',
  '/api/v2/clients',
  '/api/v2/clients/*',
  '/api/v2/connections',
  '/api/v2/connections/*/clients',
];

const tenant = (name: string, fault: Fault, out: System[] = ['tenant']): NamedFault => ({
  name: `tenant ${name}`,
  out,
  start: async (stack) => {
    stack.tenant.switches.faults = Object.fromEntries(tenantPaths.map((path) => [path, fault]));
  },
  end: async (stack) => {
    stack.tenant.switches.faults = {};
  },
});

const unplugged = (system: System): NamedFault => {
  let putBack = async () => {};
  return {
    name: `${system} is down`,
    out: [system],
    start: async (stack) => {
      putBack = await stack[system].unplug();
    },
    end: () => putBack(),
  };
};

const both = (name: string, faults: NamedFault[]): NamedFault => ({
  name,
  out: [...new Set(faults.flatMap(({ out }) => out))],
  lingers: faults.some(({ lingers }) => lingers),
  start: async (stack) => {
    for (const fault of faults) await fault.start(stack);
  },
  end: async (stack) => {
    for (const fault of faults) await fault.end(stack);
  },
});

const silentStore = store('is silent', { outage: 'hanging' });
const silentTenant = tenant('is silent', { hang: true });

/** Its delay leaves the server half a second until its timeout. */
const slowStore = store('is 1 s slow', { delayMs: 1_000 }, []);

export const slowStoreFaults: NamedFault[] = [slowStore];

export const storeFaults: NamedFault[] = [
  unplugged('store'),
  store('resets connections', { outage: 'refused' }),
  store('is 5 s slow', { delayMs: 5_000 }),
  store('is 15 s slow', { delayMs: 15_000 }),
  silentStore,
  store('answers 429', { outage: 'limited' }),
  store('answers 500', { outage: 'failing' }),
  store('cuts its answers', { outage: 'cut' }),
  store('loses its answers', { outage: 'lost' }),
];

export const tenantFaults: NamedFault[] = [
  unplugged('tenant'),
  tenant('resets connections', { reset: true }),
  tenant('is 1 s slow', { delayMs: 1_000 }, []),
  // As long as the timeout.
  {
    ...tenant('is 5 s slow', { delayMs: 5_000 }),
    exceptions: { 'register a new client': 'either', 'return from Auth0': 'either', revoke: 'either' },
  },
  tenant('is 15 s slow', { delayMs: 15_000 }),
  silentTenant,
  // A client ID that carries its registration needs no application.
  {
    ...tenant('answers 429', { status: 429, body: { error: 'too_many_requests' } }),
    exceptions: { 'register a new client': 'served' },
  },
  tenant('answers 500', { status: 500 }),
  // Its answer to a revocation is only a status.
  { ...tenant('cuts its answers', { cut: true }), exceptions: { revoke: 'served' } },
  tenant('loses its answers', { after: true, reset: true }),
];

export const combinedFaults: NamedFault[] = [
  // An instance knows the clients that registered at it, and may know others.
  {
    ...both('store and tenant are silent', [silentStore, silentTenant]),
    exceptions: {
      'register again': 'either',
      'authorize, consent': 'either',
      'redeem a code': 'either',
      refresh: 'either',
    },
  },
];

export const slowStoreSilentTenantFaults: NamedFault[] = [
  both('store is 1 s slow and the tenant silent', [slowStore, silentTenant]),
];
