import type { Tool } from './tool.ts';

declare module './tool.ts' {
  interface ToolExtras {
    /**
     * Connections whose accounts the tool uses with `call.tokenFrom`, such as `google-oauth2`. A deployment that has not set
     * one of them up does not offer the tool.
     */
    accounts?: string[];
  }
}

/** Whether a deployment can offer a tool, as far as the accounts go that the tool uses. */
export function hasAccountsFor({ accounts = [] }: Tool, configured: readonly string[]): boolean {
  return accounts.every((connection) => configured.includes(connection));
}
