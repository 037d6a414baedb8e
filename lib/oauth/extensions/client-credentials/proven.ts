/** What a machine client may do, and until when what proves it counts, in seconds since the epoch. */
export type Proven = { scopes: string[]; expiresAtSeconds: number };
