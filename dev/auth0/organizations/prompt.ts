import { interactionPolicy } from 'oidc-provider';
import type { TenantState } from '../model/state.ts';
import { findOrganization, membershipsOf, organizationBehavior } from './organizations.ts';

const { Check, Prompt } = interactionPolicy;

/**
 * When to visit `/u/organization` after the sign-in: to become a member or be refused, or to choose an organization. An
 * application that prompts before the sign-in is treated like one that prompts after it.
 */
export function organizationPrompt(state: TenantState): interactionPolicy.Prompt {
  return new Prompt(
    { name: 'organization', requestable: false },
    new Check('organization', 'Organization required', ({ oidc }) => {
      const userId = oidc.session?.accountId;
      const application = state.applications.get(oidc.client?.clientId ?? '');
      if (!userId || !application || oidc.result?.organization) return false;
      const wanted = oidc.params?.organization;
      if (typeof wanted === 'string') return !findOrganization(state, wanted)?.members.has(userId);
      const { usage, prompt } = organizationBehavior(application);
      if (usage === 'deny' || prompt === 'no_prompt') return false;
      return usage === 'require' || membershipsOf(state, userId).length > 0;
    }),
  );
}

/** The organization of a sign-in: the one that was asked for, or that the user chose. An id. */
export function signedInOrganization(
  params: Record<string, unknown> | undefined,
  result: Record<string, unknown> | undefined,
): string | undefined {
  if (typeof params?.organization === 'string') return params.organization;
  const chosen = result?.organization;
  return typeof chosen === 'object' && chosen !== null && 'id' in chosen && typeof chosen.id === 'string'
    ? chosen.id
    : undefined;
}
