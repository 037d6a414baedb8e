import type {
  CreateMessageResult,
  CreateMessageResultWithTools,
  LoggingLevel,
  Root,
} from '@modelcontextprotocol/server';
import type { z } from 'zod';
import type { Principal } from '../../access-token/principal.ts';
import type { Collection, CollectionLimits } from './collection.ts';

/** The answer to one form. `content` has passed the form's schema. */
export type FormAnswer<T> = { action: 'accept'; content: T } | { action: 'decline' | 'cancel' };

/** What the server knows about a user in addition to the id. */
export type User = { email?: string | undefined; name?: string | undefined };

/** Which deployment is running. */
export type Deployment = {
  /** `production`, `preview` or `development` on Vercel, `local` elsewhere. */
  environment: string;
  /** The first characters of the commit's hash. */
  commit?: string | undefined;
  /** Vercel's region, such as `fra1`. */
  region?: string | undefined;
};

/** Whether the store answers. `ms` is how long the answer took. */
export type StoreCheck = { state: 'reachable' | 'unreachable' | 'not configured'; ms: number };

/** Who is calling, and the data that belongs to them. */
export type Caller = {
  /**
   * The user, organization, client and scopes that the access token proves. `subject` identifies the user and is the same
   * in every client; use it in queries to your own database. In an organization, use `organization.id` too.
   */
  principal: Principal;
  /** Whether a machine client calls for itself, and there is no person to ask. */
  isMachine: boolean;
  /**
   * The user's email and name: from the access token, otherwise from the last sign-in. Both are undefined if neither
   * names them, or if the store is unavailable. Costs at most one round trip to the store.
   *
   * @example
   * const { name } = await call.user();
   */
  user(): Promise<User>;
  /**
   * Opens a collection of JSON values that belongs to this user. The user has the same collection in every client.
   * Opening it costs nothing; each of its methods is one round trip to the store.
   *
   * @param name unique among your collections.
   * @param schema every value is parsed with it when it is read.
   *
   * @example
   * const bookmarks = call.collection('bookmarks', bookmark, { maxEntries: 100, maxCharacters: 5_000 });
   */
  collection<T>(name: string, schema: z.ZodType<T>, limits: CollectionLimits): Collection<T>;
};

/** What the server itself gives every handler, before extensions add to it. */
export type CoreCall = Caller & {
  /** The id of this request in the log. Show it when something fails, so that you can find the log lines. */
  requestId: string;
  /**
   * Aborts when the client cancels the call or the function's time limit is near.
   *
   * @example
   * await fetch(url, { signal: call.signal });
   */
  signal: AbortSignal;
  /** Whether the client can show a form. If it cannot, ask in the conversation and take the answer as an argument. */
  canAskUser: boolean;
  /** Whether the client can offer the user a page to visit (the `url` question). */
  canOpenLinks: boolean;
  /**
   * The user's answer to the form that was asked under this name. Undefined if it has not been asked yet or the answer
   * does not fit the schema.
   *
   * @example
   * const answer = call.answer('confirm', confirmation);
   * if (!answer) return ask({ confirm: { kind: 'form', message: 'Delete it?', schema: confirmation } });
   * if (answer.action !== 'accept') return 'The user kept it.';
   */
  answer<S extends z.ZodObject>(name: string, schema: S): FormAnswer<z.output<S>> | undefined;
  /** What the client's model wrote for the `sampling` question that was asked under this name. */
  sampled(name: string): CreateMessageResult | CreateMessageResultWithTools | undefined;
  /** The client's roots, for the `roots` question that was asked under this name. */
  roots(name: string): Root[] | undefined;
  /** The state that `ask` was given in the previous round. Undefined in the first round. Parse it with a schema. */
  state(): unknown;
  /** Sends a log message to the client, if the client wants messages of that level. Never put secrets in it. */
  log(level: LoggingLevel, message: string): Promise<void>;
  /**
   * Reports progress, if the client asked for it.
   *
   * @example
   * await call.progress(3, 10, 'Third of ten files');
   */
  progress(done: number, total?: number, message?: string): Promise<void>;
  /**
   * Tells every client of this user that is listening, on any instance, that the user's list of resources changed, and
   * which resources did.
   *
   * @example
   * await call.changed('note://42');
   */
  changed(...uris: string[]): Promise<void>;
  /** Which deployment is running. */
  deployment: Deployment;
  /** Whether the store answers. One round trip; never throws. */
  checkStore(): Promise<StoreCheck>;
};

/** What every handler gets in addition to its arguments. An interface, so that extensions can declare what they add. */
export interface Call extends CoreCall {}
