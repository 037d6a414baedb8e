import type { AuthInfo } from '@modelcontextprotocol/server';
import type { Offer } from '../define/offer.ts';
import type { RequestContext } from '../server/request-context.ts';

/** What each step of serving a legacy request is handed. */
export type LegacyContext = {
  offer: Offer;
  serving: RequestContext;
  authInfo: AuthInfo;
  /** The principal's hash, part of every key. */
  ph: string;
};
