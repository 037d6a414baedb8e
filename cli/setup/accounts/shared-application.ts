import { z } from 'zod';
import { maker } from '../../../lib/auth0/maker.ts';
import { myAccountAudience, myAccountScopes } from '../../../lib/auth0/my-account-access.ts';
import { apiMark, sharedHash } from '../../../lib/oauth/client/application/record.ts';
import { sharedApplicationCreation } from '../../../lib/oauth/client/application/shared.ts';
import type { Management } from '../../management/management.ts';
import type { Extra } from '../extra.ts';
import { type Change, stepOf } from '../plan.ts';
import type { AccountsApplications, AccountsInput } from './input.ts';

const grants = z.array(z.looseObject({ id: z.string(), scope: z.array(z.string()).nullish() }));

/** Plans the application through which users sign in to the connections page, and its grant for the My Account API. */
export async function planSharedApplication(
  management: Management,
  { tenant, identifier, serverUrl, applications }: AccountsInput,
  known: AccountsApplications,
): Promise<Extra> {
  const audience = myAccountAudience({ tenant });
  const existing = applications.find(
    ({ client_metadata }) =>
      client_metadata?.made_by === maker &&
      client_metadata.registration === sharedHash &&
      client_metadata.api === apiMark(identifier),
  );
  if (existing) known.shared = existing.client_id;
  const [grant] = existing
    ? await management.call(
        {
          method: 'GET',
          path: '/client-grants',
          query: { client_id: existing.client_id, audience, subject_type: 'user' },
        },
        grants,
      )
    : [];
  const now = grant?.scope ?? [];
  const all = [...new Set([...now, ...myAccountScopes])];
  const changes: Change[] = [];
  if (!existing)
    changes.push({
      property: 'callbacks',
      to: `${serverUrl}/callback`,
      why: 'Users sign in to the page where they connect accounts through it.',
    });
  if (all.length > now.length)
    changes.push({
      property: 'scopes for the My Account API',
      ...(now.length ? { from: now.join(' '), loosens: true } : {}),
      to: all.join(' '),
      why: 'The page connects, lists and disconnects the accounts of the user who is signed in to it.',
    });
  return {
    step: stepOf('application that clients share', existing !== undefined, changes),
    findings: [],
    needs: [...(existing ? [] : ['create:clients']), grant ? 'update:client_grants' : 'create:client_grants'],
    async apply(management) {
      known.shared ??= (
        await management.call(
          {
            method: 'POST',
            path: '/clients',
            json: sharedApplicationCreation(identifier, [`${serverUrl}/callback`]),
          },
          z.looseObject({ client_id: z.string() }),
        )
      ).client_id;
      const json = { client_id: known.shared, audience, scope: all, subject_type: 'user' };
      if (!grant) await management.call({ method: 'POST', path: '/client-grants', json }, z.unknown());
      else if (all.length > now.length)
        await management.call(
          { method: 'PATCH', path: `/client-grants/${grant.id}`, json: { scope: all } },
          z.unknown(),
        );
      return {};
    },
  };
}
