import type { AuthInfo } from '@modelcontextprotocol/server';
import type { Principal } from '../../access-token/principal.ts';

/**
 * The principal in the SDK's terms, without the token. A tool that had the token could send it to another service, which
 * the specification forbids ("token passthrough"), and nothing needs it after validation.
 */
export function authInfoOf(principal: Principal, resource: string): AuthInfo {
  const { issuer, subject, organization, clientId, scopes, expiresAt } = principal;
  return {
    token: '',
    clientId,
    scopes,
    expiresAt,
    resource: new URL(resource),
    extra: { userId: subject, issuer, ...(organization && { organization }) },
  };
}
