import { hasSignIn } from '../../../config.ts';
import { ToolError } from '../../define/tool.ts';
import type { Extension } from '../../server/extension.ts';

declare module '../../define/call.ts' {
  interface Call {
    /**
     * A token with which to call another API of your Auth0 tenant as the user (RFC 8693). It is kept until shortly before
     * it expires, so ask for it each time. Send it to that API only: never return or log it.
     *
     * @param audience the API's identifier at Auth0, which `npm run setup -- --downstream` was given.
     * @throws ToolError in words for the model, if the user may not, or this server is not set up for it.
     *
     * @example
     * const token = await call.tokenFor('https://api.example.com', { scopes: ['orders:read'] });
     * const response = await fetch(url, { headers: { authorization: `Bearer ${token}` }, signal: call.signal });
     */
    tokenFor(audience: string, options: { scopes: [string, ...string[]] }): Promise<string>;
  }
}

/**
 * `call.tokenFor`: tools call your own APIs as the user. Not part of the protocol: clients see nothing of it.
 * `AUTH0_API_CLIENT_ID` turns it on.
 */
export const onBehalfOf: Extension = {
  identifier: 'on-behalf-of',
  serve: ({ context: { config, grant, principal } }) => ({
    call: () => ({
      tokenFor: async (audience, { scopes }) => {
        if (!hasSignIn(config) || !config.oauth.apiClient)
          throw new ToolError(
            'This server is not set up to call other APIs for its users. Its operator can fix that.',
          );
        if (grant?.upstream === undefined)
          throw new ToolError(
            `${principal.subject === grant?.subject ? 'The user did not allow this client to stay connected' : 'This caller did not sign in here'}, so other APIs cannot be called for them. Ask them to connect again and to allow it.`,
          );
        const { tokenFor } = await import('./token-for.ts');
        return tokenFor(config, grant, audience, scopes);
      },
    }),
  }),
};
