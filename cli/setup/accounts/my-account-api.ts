import { z } from 'zod';
import { myAccountAudience } from '../../../lib/auth0/my-account-access.ts';
import type { Management } from '../../management/management.ts';
import { findApi } from '../api.ts';
import type { Extra } from '../extra.ts';
import { type Change, stepOf } from '../plan.ts';

/**
 * Plans the tenant's My Account API. Creating it by its identifier activates it, as the dashboard's button does; Auth0 gives
 * it its scopes.
 */
export async function planMyAccountApi(
  management: Management,
  { tenant }: { tenant: string },
): Promise<Extra> {
  const identifier = myAccountAudience({ tenant });
  const existing = await findApi(management, identifier);
  const settings = { skip_consent_for_verifiable_first_party_clients: true };
  const changes: Change[] = [];
  if (!existing)
    changes.push({
      property: 'identifier',
      to: identifier,
      why: 'Activates it: users connect their accounts through it. Applications need a grant for it.',
    });
  if (!existing?.skip_consent_for_verifiable_first_party_clients)
    changes.push({
      property: 'skip_consent_for_verifiable_first_party_clients',
      ...(existing && { from: 'false', loosens: true }),
      to: 'true',
      why: 'The server’s own page asks the user. Auth0 does not need to ask again.',
    });
  return {
    step: stepOf('Auth0 My Account API', existing !== undefined, changes),
    findings: [],
    needs: [existing ? 'update:resource_servers' : 'create:resource_servers'],
    async apply(management) {
      if (changes.length === 0) return {};
      await management.call(
        existing
          ? { method: 'PATCH', path: `/resource-servers/${existing.id}`, json: settings }
          : {
              method: 'POST',
              path: '/resource-servers',
              json: {
                identifier,
                name: 'Auth0 My Account API',
                token_dialect: 'rfc9068_profile',
                ...settings,
              },
            },
        z.unknown(),
      );
      return {};
    },
  };
}
