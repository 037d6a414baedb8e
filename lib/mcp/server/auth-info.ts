import type { AuthInfo } from '@modelcontextprotocol/server';
import type { Principal } from '../../access-token/principal.ts';
import { mcpResource } from '../../origin.ts';

/**
 * The principal in the SDK's terms, without the token. A tool that had the token could send it to another service, which
 * the specification forbids ("token passthrough"), and nothing needs it after validation.
 */
export function authInfoOf(principal: Principal, origin: string): AuthInfo {
  const { issuer, subject, clientId, scopes, expiresAt } = principal;
  return {
    token: '',
    clientId,
    scopes,
    expiresAt,
    resource: new URL(mcpResource(origin)),
    extra: { userId: subject, issuer },
  };
}
