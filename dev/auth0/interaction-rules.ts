import { interactionPolicy } from 'oidc-provider';
import { needsConsent } from './consent.ts';
import { findUser, type TenantState } from './model/state.ts';
import { requestedGrant } from './oidc-query.ts';
import { findOrganization } from './organizations/organizations.ts';
import { organizationPrompt } from './organizations/prompt.ts';
import { usableConnections } from './usable-connections.ts';

const { Check, Prompt } = interactionPolicy;

/** When to ask for sign-in and consent. `prompt=none` returns the descriptions as errors. */
export function interactionRules(state: TenantState): interactionPolicy.DefaultPolicy {
  const login = new Prompt(
    { name: 'login', requestable: true },
    new Check('no_session', 'Login required', (ctx) => ctx.oidc.session?.accountId === undefined),
    new Check('max_age', 'Login required', ({ oidc }) => {
      const maxAge = oidc.params?.max_age;
      return maxAge !== undefined && !oidc.result?.login && (oidc.session?.past(Number(maxAge)) ?? true);
    }),
    new Check('connection', 'Login required', ({ oidc }) => {
      const application = state.applications.get(oidc.client?.clientId ?? '');
      const user = findUser(state, oidc.session?.accountId);
      // Blocking a user ends their session at the tenant.
      if (application === undefined || user === undefined || user.blocked) return true;
      const wanted = oidc.params?.connection;
      const organization = findOrganization(state, oidc.params?.organization?.toString());
      return !usableConnections(state, application, organization).some(
        ({ name }) => name === user.connection && (wanted === undefined || wanted === name),
      );
    }),
  );
  const consent = new Prompt(
    { name: 'consent', requestable: true },
    new Check('consent', 'Consent required', ({ oidc }) => {
      if (oidc.result?.consent || !oidc.session?.accountId || !oidc.client) return false;
      return needsConsent(
        state,
        oidc.session.accountId,
        oidc.client.clientId,
        requestedGrant(oidc.params ?? {}),
      );
    }),
  );
  const policy = interactionPolicy.base();
  policy.clear();
  policy.add(login);
  policy.add(organizationPrompt(state));
  policy.add(consent);
  return policy;
}
