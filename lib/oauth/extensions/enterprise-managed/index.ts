import type { ExtensionGrant } from '../extension-grant.ts';

/**
 * Enterprise-Managed Authorization (`io.modelcontextprotocol/enterprise-managed-authorization`): a company's identity
 * provider decides which of its users may use which client here, and says so in an Identity Assertion JWT Authorization
 * Grant (ID-JAG). On if `ENTERPRISE_IDENTITY_PROVIDERS` names one.
 */
export const enterpriseManaged: ExtensionGrant = {
  grantType: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
  limit: 'token',
  isEnabled: ({ oauth }) => oauth.identityProviders.length > 0,
  metadata: { authorization_grant_profiles_supported: ['urn:ietf:params:oauth:grant-profile:id-jag'] },
  load: () => import('./grant.ts'),
};
