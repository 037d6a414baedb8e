export type Platform = 'Vercel' | 'Auth0' | 'Upstash' | 'This server';

/** An observable fact: what the local stand-in does, and what the real platform did. */
export type Observation = {
  platform: Platform;
  /** What was looked at, such as “header names of the metadata”. */
  subject: string;
  /** What the local stand-in does. */
  expected: string;
  /** What was seen. Undefined: nothing, because the run did not get there. */
  seen: string | undefined;
  /** Whether both are comma-separated names, of which a reader wants to know those that differ. */
  isList: boolean;
};

/** Makes the observations of one platform. */
export function observer(platform: Platform) {
  return {
    value: (subject: string, expected: string, seen: string | undefined): Observation => ({
      platform,
      subject,
      expected,
      seen,
      isList: false,
    }),
    names: (subject: string, expected: string, seen: string | undefined): Observation => ({
      platform,
      subject,
      expected,
      seen,
      isList: true,
    }),
  };
}

/** Whether reality and the stand-in agree. */
export function agrees({ expected, seen }: Observation): boolean {
  return seen === expected;
}

/** What was seen, in the words of a report: of a list only the names that differ. */
export function difference({ expected, seen = '', isList }: Observation): string {
  if (!isList) return seen;
  const [before, after] = [expected.split(', '), seen.split(', ')];
  const more = after.filter((name) => !before.includes(name));
  const missing = before.filter((name) => !after.includes(name));
  return [
    ...(more.length ? [`also ${more.join(', ')}`] : []),
    ...(missing.length ? [`without ${missing.join(', ')}`] : []),
  ].join('; ');
}
