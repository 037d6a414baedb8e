/** One call to the Management API that reads, creates or changes something. */
export type ManagementCall = {
  method: 'GET' | 'POST' | 'PATCH';
  /** Relative to `/api/v2`, with variable parts URL-encoded. */
  path: string;
  query?: Record<string, string>;
  json?: unknown;
};

/** The same, or a deletion. */
export type AnyCall = ManagementCall | { method: 'DELETE'; path: string };
