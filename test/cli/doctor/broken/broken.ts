import type { Reply, Route } from '../fake-server.ts';

/** One cause, made by replacing routes of a healthy server; `signIn` where it only shows after signing in. */
export type Broken = {
  id: string;
  by: string;
  /** What else is wrong because of it. */
  also?: string[];
  signIn?: boolean;
  /** Path of the examined URL; `/mcp` unless given. */
  path?: string;
  routes: (origin: string) => Record<string, Route>;
};

/** Where the healthy server has its documents. */
export const metadata = 'GET /.well-known/oauth-protected-resource/mcp';
export const server = 'GET /.well-known/oauth-authorization-server';
export const openId = 'GET /.well-known/openid-configuration';

/** The MCP endpoint answers this, whatever is sent. */
export const always = (reply: Reply) => () => ({ 'POST /mcp': reply });
