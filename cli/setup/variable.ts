/** An environment variable for the server. */
export type Variable = {
  name: string;
  /** Undefined until setup has created the application that it comes from. */
  value: string | undefined;
  secret?: boolean;
  why: string;
};
