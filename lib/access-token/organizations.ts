import type { SignInConfig } from '../config.ts';
import { waitUntil } from '../invocation.ts';
import { errorFields, log } from '../log.ts';
import { type KeptOrganization, keptOrganization } from '../organizations/organization.ts';
import { organizationsKey } from '../store/keys.ts';
import { readRecord, signedRecord } from '../store/record.ts';
import { withStore } from '../store/redis.ts';
import type { Grant } from './grant.ts';
import { userHash } from './principal.ts';

/**
 * Notes in the background in which organization a person has signed in, so that an operator finds everything of theirs. Does
 * nothing for a grant without an organization.
 */
export function noteOrganization(
  config: SignInConfig,
  { subject, organization }: Pick<Grant, 'subject' | 'organization'>,
): void {
  if (!organization) return;
  const key = organizationsKey(userHash({ issuer: config.oauth.issuer, subject }));
  const field = signedRecord(config, `${key} ${organization.id}`, organization);
  waitUntil(
    withStore(config, (redis) => redis.hset(key, { [organization.id]: field }), { retry: true }).catch(
      (error) => log('warn', 'organization of a user not noted', errorFields(error)),
    ),
  );
}

/**
 * The organizations in which a person has signed in here.
 *
 * @param user `userHash` of the person outside organizations.
 * @throws StoreUnavailable
 */
export async function organizationsOf(config: SignInConfig, user: string): Promise<KeptOrganization[]> {
  const key = organizationsKey(user);
  const flat = await withStore(config, (redis) => redis.hgetall(key), { retry: true });
  const found: KeptOrganization[] = [];
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const [id = '', field = ''] = flat.slice(index, index + 2);
    const organization = readRecord(config, `${key} ${id}`, keptOrganization, field);
    if (organization) found.push(organization);
  }
  return found;
}
