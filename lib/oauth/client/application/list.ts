import { listApplications } from '../../../auth0/applications.ts';
import type { Deadline } from '../../../auth0/request.ts';
import type { SignInConfig } from '../../../config.ts';
import { type ClientRecord, recordOf } from './record.ts';

/** Every application that this server made, as clients. Throws TenantError. */
export async function listOurs(config: SignInConfig, deadline: Deadline): Promise<ClientRecord[]> {
  const applications = await listApplications(config, deadline);
  return applications.flatMap((application) => recordOf(config, application) ?? []);
}

/** The one made first; every instance that compares the same records picks the same. */
export function oldest(records: ClientRecord[]): ClientRecord | undefined {
  return records.toSorted((a, b) => a.createdAt - b.createdAt || (a.application < b.application ? -1 : 1))[0];
}
