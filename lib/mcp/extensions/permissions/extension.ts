import { failure, type Tool } from '../../define/tool.ts';
import { isObject } from '../../json-rpc.ts';
import type { Extension } from '../../server/extension.ts';

declare module '../../define/tool.ts' {
  interface ToolExtras {
    /**
     * Permissions that the user must have at the tenant (RBAC), in addition to the scopes that the client was granted. A
     * scope is what the user lets a client do; a permission is what the user may do at all. Define them as permissions of
     * the API: `npm run setup` does.
     */
    permissions?: string[];
  }
}

/**
 * Tools for those who have a permission: not listed for others, and refused with words that say who can grant it. Not part
 * of the protocol.
 */
export const permissions: Extension = {
  identifier: 'permissions',
  serve: ({ message, context: { principal } }) => ({
    // A call that comes all the same, because a client has an older list, is refused with the reason.
    hides: (tool) => isListing(message) && missing(tool, principal.permissions).length > 0,
    callTool: async ({ tool }, run) => {
      const lacking = missing(tool, principal.permissions);
      if (lacking.length === 0) return run();
      return failure(
        `The user does not have the permission ${lacking.join(', ')}. An administrator of this server can assign it in Auth0. It takes effect within an hour, or when the user connects again.`,
      );
    },
  }),
};

function missing({ permissions = [] }: Tool, held: readonly string[] = []): string[] {
  return permissions.filter((each) => !held.includes(each));
}

function isListing(message: unknown): boolean {
  return [message].flat().some((each) => isObject(each) && each.method === 'tools/list');
}
