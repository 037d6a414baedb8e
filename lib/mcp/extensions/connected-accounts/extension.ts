import { isMachine, userHash } from '../../../access-token/principal.ts';
import { hasSignIn } from '../../../config.ts';
import { providerName } from '../../../provider-names.ts';
import { hasAccountsFor } from '../../define/accounts.ts';
import type { CoreCall } from '../../define/call.ts';
import { ToolError } from '../../define/tool.ts';
import { isObject } from '../../json-rpc.ts';
import type { Extension } from '../../server/extension.ts';

declare module '../../define/call.ts' {
  interface Call {
    /**
     * A token for an account of the user at another company, such as Google, from Auth0's Token Vault. If the user has not
     * connected one, or not with these scopes, the user is asked to: the handler ends here, and runs again from its start
     * once the account is connected. So call it before you do anything that must not happen twice, and before you ask
     * something yourself. It is kept until shortly before it expires, so ask for it each time. Send it to that company only:
     * never return or log it.
     *
     * @param connection the connection's name at Auth0, which `npm run setup -- --accounts` was given. Name it in the tool's
     * `accounts` too.
     * @param options.scopes in the provider's words. `openid`, `profile`, `email` and `offline_access` are requested if you
     * name them, but a token without them counts.
     * @throws ToolError in words for the model, if there is no token.
     *
     * @example
     * const token = await call.tokenFrom('github', { scopes: ['repo'] });
     * const response = await fetch(url, { headers: { authorization: `Bearer ${token}` }, signal: call.signal });
     */
    tokenFrom(connection: string, options: { scopes: [string, ...string[]] }): Promise<string>;
  }
}

/**
 * `call.tokenFrom`: tools use accounts of other companies as the user (Auth0 Token Vault and Connected Accounts). Not part of
 * the protocol, except that the user is asked by elicitation. `AUTH0_CONNECTED_ACCOUNTS` turns it on.
 */
export const connectedAccounts: Extension = {
  identifier: 'connected-accounts',
  serve: ({ message, context }) => {
    const { config, grant, principal } = context;
    const configured = config.oauth?.connectedAccounts ?? [];
    return {
      // Nobody, or no machine client, can use such a tool. A client with an older list is told so by `tokenFrom`.
      hides: (tool) => isListing(message) && !hasAccountsFor(tool, isMachine(principal) ? [] : configured),
      call: (core) => ({
        // `this` is the call that the handler was given, which may be a task’s.
        async tokenFrom(this: CoreCall | undefined, connection, { scopes }) {
          const provider = providerName(connection);
          if (!hasSignIn(config) || !configured.includes(connection))
            throw new ToolError(
              `This server is not set up to use accounts at ${provider}. Its operator can fix that.`,
            );
          if (isMachine(principal))
            throw new ToolError(
              `This needs a person’s account at ${provider}, and this client acts for itself, without a user.`,
            );
          if (grant?.upstream === undefined)
            throw new ToolError(
              `${grant ? 'The user did not allow this client to stay connected' : 'This caller did not sign in here'}, so their account at ${provider} cannot be used. Ask them to connect again and to allow it.`,
            );
          const { tokenFrom } = await import('./token-from.ts');
          const user = userHash(principal);
          const request = { config, grant, user, call: this ?? core, deadlineMs: context.deadlineMs };
          return tokenFrom(request, connection, scopes);
        },
      }),
    };
  },
};

function isListing(message: unknown): boolean {
  return isObject(message) && message.method === 'tools/list';
}
