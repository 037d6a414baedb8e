/** One thing wrong with the environment: which variable, and what to do. Never holds a value. */
export type ConfigProblem = { variable: string; fix: string };

/** The names under which the store's URL and token can be: Upstash's own, and those that its Vercel integration sets. */
export const storeVariables = [
  { url: 'UPSTASH_REDIS_REST_URL', token: 'UPSTASH_REDIS_REST_TOKEN' },
  { url: 'KV_REST_API_URL', token: 'KV_REST_API_TOKEN' },
] as const;

/** The names that are in use: the first whose URL is set. */
export function storeVariablesIn(env: Record<string, string | undefined>): (typeof storeVariables)[number] {
  return storeVariables.find(({ url }) => env[url]?.trim()) ?? storeVariables[0];
}

export type Environment = ReturnType<typeof readEnvironment>;

/** Where plain http may go: what `npm start` and the tests listen on. */
const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Every host that is this machine, as the URL parser writes it: RFC 6761 section 6.3, 127/8, mapped, unspecified. */
const thisMachine =
  /^(?:(?:.+\.)?localhost\.?|127\.[\d.]+|0\.0\.0\.0|\[::(?:1|ffff:(?:7f[\da-f]{2}:[\da-f]+|0:0))?\])$/;

const truthy = new Set(['true', 'on', '1', 'yes']);
const falsy = new Set(['false', 'off', '0', 'no']);

/**
 * Typed access to environment variables that collects problems instead of throwing at the first.
 *
 * @param env usually `process.env`; empty values count as absent, as a cleared field on Vercel leaves one.
 */
export function readEnvironment(env: Record<string, string | undefined>) {
  const problems: ConfigProblem[] = [];
  const problem = (variable: string, fix: string): undefined => {
    problems.push({ variable, fix });
  };
  const text = (variable: string): string | undefined => env[variable]?.trim() || undefined;
  const onVercel = text('VERCEL') !== undefined;

  const required = (variable: string, fix: string): string | undefined =>
    text(variable) ?? problem(variable, `Missing. ${fix}`);

  const list = (variable: string): string[] =>
    (text(variable) ?? '')
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean);

  const flag = (variable: string, byDefault: boolean): boolean => {
    const value = text(variable)?.toLowerCase();
    if (value === undefined) return byDefault;
    if (truthy.has(value)) return true;
    if (falsy.has(value)) return false;
    problem(variable, 'Set it to true or false.');
    return byDefault;
  };

  const count = (variable: string): number | undefined => {
    const value = text(variable);
    if (value === undefined) return undefined;
    return /^[1-9]\d{0,8}$/.test(value)
      ? Number(value)
      : problem(variable, 'Set it to a whole number above 0.');
  };

  const oneOf = <T extends string>(variable: string, choices: readonly T[], byDefault: T): T => {
    const value = text(variable)?.toLowerCase();
    if (value === undefined) return byDefault;
    const choice = choices.find((candidate) => candidate === value);
    if (!choice) problem(variable, `Set it to one of ${choices.join(', ')}.`);
    return choice ?? byDefault;
  };

  /** An http(s) URL; plain http only to loopback, and never on Vercel, where loopback is the function itself. */
  const url = (variable: string, value = text(variable)): URL | undefined => {
    if (value === undefined) return undefined;
    const parsed = URL.parse(value);
    if (!parsed || !['https:', 'http:'].includes(parsed.protocol))
      return problem(variable, 'Not a URL. Write it out, beginning with https://.');
    if (parsed.username || parsed.password)
      return problem(variable, 'Must not hold a user name or password.');
    if (onVercel && thisMachine.test(parsed.hostname))
      return problem(variable, 'Names this machine itself; use the public https address.');
    if (parsed.protocol === 'http:' && (onVercel || !loopbackHosts.has(parsed.hostname)))
      return problem(variable, 'Must begin with https://.');
    return parsed;
  };

  const origin = (variable: string, value = text(variable)): string | undefined => {
    const parsed = url(variable, value);
    if (!parsed) return undefined;
    if (parsed.pathname !== '/' || parsed.search || parsed.hash)
      return problem(variable, 'Must be an origin without a path, such as https://mcp.example.com.');
    return parsed.origin;
  };

  return { env, problems, problem, onVercel, text, required, list, flag, count, oneOf, url, origin };
}
