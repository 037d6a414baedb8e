import type { AuthInfo } from '@modelcontextprotocol/server';
import type { Grant } from '../../access-token/grant.ts';
import type { Principal } from '../../access-token/principal.ts';
import type { Config } from '../../config.ts';
import type { Scope } from '../../scopes.ts';
import type { Offer } from '../define/offer.ts';
import type { Extended } from './additions.ts';

/** Everything about the one request that a server instance is made for. */
export type RequestContext = {
  config: Config;
  /** What the server offers, with the identity that this client is given. */
  offer: Offer;
  principal: Principal;
  /** The principal in the store's keys. Every session and stream key contains it, so nobody else's id matches. */
  principalHash: string;
  /** What the caller's token carries, if it is one of ours: secret, for the engine alone. */
  grant: Grant | undefined;
  /** The principal in the SDK's terms. */
  authInfo: AuthInfo;
  requestId: string;
  /** What the server's extensions add to this request. */
  extended: Extended;
  /** When handlers must have answered, in milliseconds since the epoch. */
  deadlineMs: number;
  /** The params of the client's request with this JSON-RPC id. A request state is bound to them. */
  paramsOf(id: string | number): Record<string, unknown>;
  /** Reports that the request lacks scopes. `scopes` names all that it needs. */
  refuse(scopes: Scope[]): void;
};
