import type { Check } from './check.ts';
import { authorizationServer } from './checks/authorization-server.ts';
import { authorize } from './checks/authorize.ts';
import { badToken } from './checks/bad-token.ts';
import { challenge } from './checks/challenge.ts';
import { clientIdentity } from './checks/client-identity.ts';
import { clock } from './checks/clock.ts';
import { configuration } from './checks/configuration.ts';
import { cors } from './checks/cors.ts';
import { directoryCallbacks } from './checks/directory-callbacks.ts';
import { directoryForm } from './checks/directory-form.ts';
import { directoryIcons } from './checks/directory-icons.ts';
import { directoryLinks } from './checks/directory-links.ts';
import { directoryTools } from './checks/directory-tools.ts';
import { dns } from './checks/dns.ts';
import { endpoint } from './checks/endpoint.ts';
import { iss } from './checks/iss.ts';
import { metadataAgreement } from './checks/metadata-agreement.ts';
import { legacyProtocol } from './checks/protocol-2025-11-25.ts';
import { modernProtocol } from './checks/protocol-2026-07-28.ts';
import { refresh } from './checks/refresh.ts';
import { registration } from './checks/registration.ts';
import { removal } from './checks/removal.ts';
import { resourceMetadata } from './checks/resource-metadata.ts';
import { revocation } from './checks/revocation.ts';
import { rootEndpoints } from './checks/root-endpoints.ts';
import { serverMetadata } from './checks/server-metadata.ts';
import { signIn } from './checks/sign-in.ts';
import { tls } from './checks/tls.ts';
import { tokenEndpoint } from './checks/token-endpoint.ts';
import { url } from './checks/url.ts';
import { tenantAccess } from './tenant/access.ts';
import { tenantAccounts } from './tenant/accounts.ts';
import { tenantApi } from './tenant/api.ts';
import { tenantApiClient } from './tenant/api-client.ts';
import { tenantApplication } from './tenant/application.ts';
import { tenantConnections } from './tenant/connections.ts';
import { tenantOrganizations } from './tenant/organizations.ts';
import { tenantQuota } from './tenant/quota.ts';
import { tenantSettings } from './tenant/settings.ts';

/** Every check, in the order in which a client reaches what it examines. */
export const checks: Check[] = [
  url,
  dns,
  tls,
  endpoint,
  clock,
  configuration,
  challenge,
  resourceMetadata,
  serverMetadata,
  authorizationServer,
  metadataAgreement,
  clientIdentity,
  rootEndpoints,
  cors,
  registration,
  authorize,
  iss,
  tokenEndpoint,
  badToken,
  signIn,
  legacyProtocol,
  modernProtocol,
  directoryTools,
  directoryIcons,
  directoryCallbacks,
  directoryLinks,
  directoryForm,
  refresh,
  revocation,
  tenantAccess,
  tenantSettings,
  tenantApi,
  tenantApiClient,
  tenantConnections,
  tenantOrganizations,
  tenantAccounts,
  tenantApplication,
  tenantQuota,
  removal,
];
