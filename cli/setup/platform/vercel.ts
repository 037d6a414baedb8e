import { z } from 'zod';
import { CommandFailure } from '../../failure.ts';
import { printable } from '../../printable.ts';
import { type ApiAnswer, type ApiCall, apiOrigin, askApi } from './ask-api.ts';

/** Vercel's REST API for one account. Both functions throw `CommandFailure`. */
export type Vercel = {
  call<T>(request: ApiCall, schema: z.ZodType<T>): Promise<T>;
  /** Returns undefined if Vercel answers 404. */
  find<T>(request: ApiCall, schema: z.ZodType<T>): Promise<T | undefined>;
};

const refusal = z.object({
  error: z.object({
    code: z.string().default(''),
    message: z.string().default(''),
    invalidToken: z.boolean().optional(),
    link: z.string().optional(),
  }),
});

/**
 * Opens the API. The REST API instead of the `vercel` CLI: it takes secrets in a request body instead of from the
 * command line, answers in a documented format, and works the same in CI without 360 MB of packages.
 *
 * @param team a team's id or slug. Undefined: the token's own account.
 */
export function openVercel(
  token: string,
  team: string | undefined,
  configuredOrigin: string | undefined,
  onWait: (name: string, seconds: number) => void,
): Vercel {
  const origin = apiOrigin('VERCEL_API_URL', configuredOrigin, 'https://api.vercel.com');
  const access = { name: 'Vercel', origin, authorization: `Bearer ${token}`, onWait };
  const scope: Record<string, string> = !team ? {} : { [team.startsWith('team_') ? 'teamId' : 'slug']: team };
  const send = (request: ApiCall) => askApi(access, { ...request, query: { ...scope, ...request.query } });
  const read = <T>(request: ApiCall, answer: ApiAnswer, schema: z.ZodType<T>): T => {
    if (answer.status >= 300) throw refused(request, answer);
    const parsed = schema.safeParse(answer.body);
    if (parsed.success) return parsed.data;
    throw new CommandFailure(
      `Vercel’s answer to ${request.method} ${request.path} has an unknown format.`,
      'Update this template, or do this step in Vercel’s dashboard.',
      { cause: parsed.error },
    );
  };
  return {
    call: async (request, schema) => read(request, await send(request), schema),
    find: async (request, schema) => {
      const answer = await send(request);
      return answer.status === 404 ? undefined : read(request, answer, schema);
    },
  };
}

function refused({ method, path, json }: ApiCall, { status, body }: ApiAnswer): CommandFailure {
  const { error } = refusal.safeParse(body).data ?? {};
  if (error?.invalidToken || status === 401)
    return new CommandFailure(
      'Vercel does not accept the token.',
      'Create one at https://vercel.com/account/settings/tokens and set it as VERCEL_TOKEN.',
    );
  if (status === 403)
    return new CommandFailure(
      'The Vercel token is not allowed to do this.',
      'Create it for the team that owns the project, and name that team with --team.',
    );
  const reason = printable(error?.message || 'no reason given', valuesIn(json));
  return new CommandFailure(
    `Vercel refused ${method} ${path} (${status}): ${reason}`,
    error?.link?.startsWith('https://')
      ? `See ${printable(error.link)}. Then run setup again.`
      : 'Check this in Vercel’s dashboard, then run setup again.',
  );
}

/** The values of variables in a request, which an error message could repeat. */
function valuesIn(json: unknown): string[] {
  const holders = z.array(z.looseObject({ value: z.string() })).safeParse([json].flat());
  return holders.data?.map(({ value }) => value) ?? [];
}
