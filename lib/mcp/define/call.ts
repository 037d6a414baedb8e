import type {
  CreateMessageResult,
  CreateMessageResultWithTools,
  LoggingLevel,
  Root,
} from '@modelcontextprotocol/server';
import type { z } from 'zod';
import type { Principal } from '../../access-token/principal.ts';
import type { Config } from '../../config.ts';
import type { Collection, CollectionLimits } from './collection.ts';

/** The answer to one question; `content` has passed the question's schema. */
export type FormAnswer<T> = { action: 'accept'; content: T } | { action: 'decline' | 'cancel' };

/** Who is calling, and what belongs to them. */
export type Caller = {
  config: Config;
  principal: Principal;
  /** A bounded collection of JSON values in the store that belongs to this user, whichever client is used. */
  collection<T>(name: string, schema: z.ZodType<T>, limits: CollectionLimits): Collection<T>;
};

/** What every handler is given beside its arguments: who is calling, and the ways to talk back. */
export type Call = Caller & {
  /** The id that this call's log lines carry; worth showing when something fails. */
  requestId: string;
  /** Aborts when the client cancels or the time limit is near: pass it to `fetch`. */
  signal: AbortSignal;
  /** Whether this client can show the user a form; if not, ask in words and take the answer as an argument. */
  canAskUser: boolean;
  /** The user's answer to a form asked under this name; undefined as long as there is none that fits the schema. */
  answer<S extends z.ZodObject>(name: string, schema: S): FormAnswer<z.output<S>> | undefined;
  /** What the client's model wrote, where a `sampling` question was asked under this name. */
  sampled(name: string): CreateMessageResult | CreateMessageResultWithTools | undefined;
  /** The client's roots, where a `roots` question was asked under this name. */
  roots(name: string): Root[] | undefined;
  /** What `ask` was given as state in the round before; undefined in the first. */
  state(): unknown;
  /** Sends a log message to the client, if it wants that level. Never put secrets in it. */
  log(level: LoggingLevel, message: string): Promise<void>;
  /** Tells the client how far the work is, if it asked to know. */
  progress(done: number, total?: number, message?: string): Promise<void>;
  /** Tells subscribers on every instance that this user's list of resources, and those named, have changed. */
  changed(...uris: string[]): Promise<void>;
};
