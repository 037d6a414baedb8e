import type { Reply, Route } from '../fake-server.ts';

/** One cause, made by replacing routes of a healthy server. */
export type Broken = {
  id: string;
  by: string;
  /** Other problems that follow from it. */
  also?: string[];
  /** Whether it only shows after a sign-in. */
  signIn?: boolean;
  /** Path of the examined URL. Default: `/mcp`. */
  path?: string;
  routes: (origin: string) => Record<string, Route>;
};

/** The routes of the healthy server's documents. */
export const metadata = 'GET /.well-known/oauth-protected-resource/mcp';
export const server = 'GET /.well-known/oauth-authorization-server';
export const openId = 'GET /.well-known/openid-configuration';

/** The MCP endpoint gives this reply to every request. */
export const always = (reply: Reply) => () => ({ 'POST /mcp': reply });
