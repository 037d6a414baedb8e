/** How much one user may keep in a collection. */
export type CollectionLimits = {
  /** How many entries a user may have. */
  maxEntries: number;
  /** How long an entry may be, in characters of its JSON. */
  maxCharacters: number;
};

/**
 * A user's JSON values by id. Each method is one round trip to the store, except that `put` needs a second one to take
 * back an entry beyond the limit. Every method throws `StoreUnavailable` if the store does not answer; let it throw,
 * and the model is told to try again.
 */
export type Collection<T> = {
  /** The value stored under an id. Undefined if there is none or it no longer fits the schema. */
  get(id: string): Promise<T | undefined>;
  /** All entries, in no particular order. Leaves out those that no longer fit the schema. */
  all(): Promise<[id: string, value: T][]>;
  /** Stores a value under an id, unless the collection is full or the value is too long. */
  put(id: string, value: T): Promise<'stored' | 'full' | 'too long'>;
  /** Removes an entry. Returns whether it existed. */
  remove(id: string): Promise<boolean>;
};
