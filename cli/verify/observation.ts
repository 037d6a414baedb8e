/** An observable fact: what the local stand-in does, and what the real platform did. */
export type Observation = {
  platform: 'Vercel' | 'Auth0' | 'Upstash' | 'This server';
  /** What was looked at, such as “401 of /mcp: header names”. */
  subject: string;
  /** What the local stand-in does. */
  expected: string;
  /** What was seen. Undefined: nothing, for the reason that the caller knows. */
  seen: string | undefined;
};

/** Whether reality and the stand-in agree. */
export function agrees({ expected, seen }: Observation): boolean {
  return seen === expected;
}
