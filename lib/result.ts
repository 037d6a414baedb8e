/** What a step that may refuse returns: its value, or why there is none. Refusals that end a request are thrown as `OAuthError`. */
export type Result<T, Failure> = { value: T } | { failure: Failure };
