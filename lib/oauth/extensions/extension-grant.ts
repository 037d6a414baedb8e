import type { Grant } from '../../access-token/grant.ts';
import type { SignInConfig } from '../../config.ts';
import type { SignInContext } from '../../http/endpoint.ts';
import type { Parameters } from '../../http/parameters.ts';
import type { Addressed } from '../../organizations/address.ts';
import type { Limited } from '../../store/rate-limit.ts';

/** What a request to the token endpoint came to: the grant, and the scopes of it that the access token carries. */
export type Redeemed = { grant: Grant; scopes: string[] };

/**
 * A further grant type of the token endpoint. Each is a folder in this room, and nothing outside the folder knows of it but
 * its line in `registered.ts`: without the line, the grant type is neither served nor advertised.
 */
export type ExtensionGrant = {
  grantType: string;
  /** Requests are counted under this name before anything else is done for them. */
  limit: Limited;
  /** Whether the configuration turns it on. */
  isEnabled(config: SignInConfig): boolean;
  /** What it adds to the authorization server metadata (RFC 8414), in addition to its grant type. */
  metadata?: Record<string, unknown>;
  /** Loaded on first use, so that no other endpoint or grant type pays for it. */
  load(): Promise<{
    /**
     * Authenticates the client and checks everything that it presents.
     *
     * @param addressed what the request is for, by its `resource` parameter or its origin.
     * @throws OAuthError
     */
    redeem(
      request: Request,
      context: SignInContext,
      parameters: Parameters,
      addressed: Addressed,
    ): Promise<Redeemed>;
  }>;
};
