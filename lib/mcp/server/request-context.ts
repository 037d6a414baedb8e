import type { Principal } from '../../access-token/principal.ts';
import type { Config } from '../../config.ts';
import type { Scope } from '../../scopes.ts';

/** Everything about the one request that a server instance is made for. */
export type RequestContext = {
  config: Config;
  principal: Principal;
  requestId: string;
  /** Milliseconds since the epoch at which handlers must have answered. */
  deadline: number;
  /** The params of the client's request by its JSON-RPC id: what a request state is bound to. */
  paramsOf(id: string | number): Record<string, unknown>;
  /** Reports that the request lacks scopes; names all that it needs. */
  refuse(scopes: Scope[]): void;
};
