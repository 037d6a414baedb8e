/** One call to the Management API. There is no DELETE: setup never deletes anything. */
export type ManagementCall = {
  method: 'GET' | 'POST' | 'PATCH';
  /** Relative to `/api/v2`, with variable parts URL-encoded. */
  path: string;
  query?: Record<string, string>;
  json?: unknown;
};
