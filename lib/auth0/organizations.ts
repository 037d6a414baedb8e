import { BoundedMap } from '../bounded-map.ts';
import type { SignInConfig } from '../config.ts';
import { errorFields, log } from '../log.ts';
import { type Organization, organization } from '../organizations/organization.ts';
import { perConfig } from '../per-config.ts';
import { z } from '../schema.ts';
import { organizationKey } from '../store/keys.ts';
import { readRecord, signedRecord } from '../store/record.ts';
import { withStore } from '../store/redis.ts';
import { TenantError } from './errors.ts';
import { manage } from './management.ts';

/** Milliseconds for which the tenant's word on an organization counts: a new name takes effect that late. */
const trustedForMs = 10 * 60_000;
/** Milliseconds for which it is remembered that the tenant has no such organization. */
const unknownForMs = 60_000;
/** Seconds for which a copy is kept, in case the tenant is down. */
const keptSeconds = 30 * 86_400;

/** What an organization is named by: its id, or its name. */
export type OrganizationReference = { id: string } | { name: string };

const copy = z.object({ organization: organization.optional(), checkedAtMs: z.number() });
type Copy = z.infer<typeof copy>;

const memory = perConfig(() => new BoundedMap<string, Copy>(1_000));

const answer = z
  .object({ id: z.string().min(1), name: z.string().min(1), display_name: z.string().optional() })
  .transform(
    ({ id, name, display_name }): Organization => ({
      id,
      name,
      ...(display_name && { displayName: display_name }),
    }),
  );

/**
 * The organization of this id or name, from memory, from its copy in the store, else from the tenant. Undefined if the
 * tenant has none. The tenant's last word counts if the tenant does not answer.
 *
 * @param beforeAsking called before the tenant is asked without a copy: throws if the caller may not.
 * @throws TenantError if there is no copy and the tenant cannot be asked.
 */
export async function findOrganization(
  config: SignInConfig,
  reference: OrganizationReference,
  beforeAsking?: () => Promise<void>,
): Promise<Organization | undefined> {
  const [by, value] = 'id' in reference ? ['id', reference.id] : ['name', reference.name];
  const key = organizationKey(config, by, value);
  const held = memory(config).get(key);
  if (held && isFresh(held)) return held.organization;
  const stored = await withStore(config, (redis) => redis.get(key), { retry: true }).catch(() => null);
  const known = readRecord(config, key, copy, stored) ?? held;
  if (known && isFresh(known)) {
    memory(config).set(key, known);
    return known.organization;
  }
  if (!known?.organization) await beforeAsking?.();
  try {
    const found = await ask(config, by, value);
    await keep(config, key, { organization: found, checkedAtMs: Date.now() });
    return found;
  } catch (error) {
    if (!known?.organization) throw error;
    log('warn', 'organization not confirmed by the tenant', errorFields(error));
    return known.organization;
  }
}

function isFresh({ organization, checkedAtMs }: Copy): boolean {
  return Date.now() - checkedAtMs < (organization ? trustedForMs : unknownForMs);
}

async function ask(config: SignInConfig, by: string, value: string): Promise<Organization | undefined> {
  const path = `/api/v2/organizations/${by === 'name' ? 'name/' : ''}${encodeURIComponent(value)}`;
  try {
    return await manage(config, { method: 'GET', path }, answer);
  } catch (error) {
    if (error instanceof TenantError && error.kind === 'not-found') return undefined;
    throw error;
  }
}

async function keep(config: SignInConfig, key: string, kept: Copy): Promise<void> {
  memory(config).set(key, kept);
  const ex = kept.organization ? keptSeconds : unknownForMs / 1000;
  await withStore(config, (redis) => redis.set(key, signedRecord(config, key, kept), { ex }), {
    retry: true,
  }).catch((error) => log('warn', 'organization not kept in the store', errorFields(error)));
}

/** Memberships are listed in pages of this size; nobody is a member of more than this many pages. */
const pageSize = 100;
const maxPages = 10;

const memberships = z.object({ organizations: z.array(z.object({ id: z.string() })) });

/**
 * Whether a user is a member of an organization now.
 *
 * @throws TenantError
 */
export async function isMember(
  config: SignInConfig,
  organizationId: string,
  userId: string,
): Promise<boolean> {
  const path = `/api/v2/users/${encodeURIComponent(userId)}/organizations`;
  for (let page = 0; page < maxPages; page++) {
    const query = { page: String(page), per_page: String(pageSize), include_totals: 'true' };
    const { organizations } = await manage(config, { method: 'GET', path, query }, memberships);
    if (organizations.some(({ id }) => id === organizationId)) return true;
    if (organizations.length < pageSize) return false;
  }
  return false;
}
