import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { CommandFailure } from '../../failure.ts';
import { printable } from '../../printable.ts';
import type { Vercel } from './vercel.ts';

/** The environments of a Vercel project. */
export const environments = ['production', 'preview', 'development'] as const;
export type Environment = (typeof environments)[number];

const variableSchema = z.looseObject({
  id: z.string(),
  key: z.string(),
  value: z.string().optional(),
  type: z.string(),
  target: z.union([z.array(z.string()), z.string().transform((one) => [one])]).default([]),
  gitBranch: z.string().nullish(),
  comment: z.string().nullish(),
  updatedAt: z.number().optional(),
});

/** A variable of the project, for whole environments. */
export type ProjectVariable = z.infer<typeof variableSchema>;

/** A variable as it should be. */
export type Wanted = { name: string; value: string; secret: boolean };

const created = z.object({
  failed: z.array(z.looseObject({ error: z.looseObject({ message: z.string().optional() }) })).default([]),
});

const pathOf = (projectId: string) => `/projects/${encodeURIComponent(projectId)}/env`;

/** The project's variables, without those for single branches. */
export async function listVariables(vercel: Vercel, projectId: string): Promise<ProjectVariable[]> {
  const schema = z.object({ envs: z.array(variableSchema) });
  const { envs } = await vercel.call({ method: 'GET', path: `/v10${pathOf(projectId)}` }, schema);
  return envs.filter(({ gitBranch }) => !gitBranch);
}

/**
 * Adds a variable for some environments. Secrets become sensitive variables, which nobody can read again. Vercel does
 * not allow those for development, so they are encrypted there.
 */
export async function addVariable(
  vercel: Vercel,
  projectId: string,
  wanted: Wanted,
  targets: Environment[],
  key: string,
): Promise<void> {
  const { name, value, secret } = wanted;
  const deployed = targets.filter((each) => each !== 'development');
  const groups = secret
    ? [
        { type: 'sensitive', target: deployed },
        { type: 'encrypted', target: targets.filter((each) => each === 'development') },
      ]
    : [{ type: 'plain', target: targets }];
  const json = groups
    .filter(({ target }) => target.length)
    .map((group) => ({ key: name, value, ...group, ...(secret ? commentFor(wanted, key) : {}) }));
  const { failed } = await vercel.call({ method: 'POST', path: `/v10${pathOf(projectId)}`, json }, created);
  const [first] = failed;
  if (first)
    throw new CommandFailure(
      `Vercel did not set ${name}: ${printable(first.error.message ?? 'no reason given', [value])}`,
      'Remove the variable in Vercel’s dashboard, then run setup again.',
    );
}

/** Changes the value of a variable. Its type and environments stay. */
export async function changeVariable(
  vercel: Vercel,
  projectId: string,
  { id, type }: ProjectVariable,
  wanted: Wanted,
  key: string,
): Promise<void> {
  const path = `/v9${pathOf(projectId)}/${encodeURIComponent(id)}`;
  const json = { value: wanted.value, ...(type === 'plain' ? {} : commentFor(wanted, key)) };
  await vercel.call({ method: 'PATCH', path, json }, z.looseObject({}));
}

/**
 * Whether a variable has its value. Vercel shows only plain values, so setup recognizes its own secrets by the
 * fingerprint in their comment.
 */
export function isCurrent(present: ProjectVariable, wanted: Wanted, key: string): boolean {
  if (present.type === 'plain') return present.value === wanted.value;
  return present.comment === commentFor(wanted, key).comment;
}

const commentStart = 'Set by npm run setup: ';

function commentFor(wanted: Wanted, key: string): { comment: string } {
  return { comment: `${commentStart}${fingerprint(wanted, key)}` };
}

/** Keyed with the sealing secret, so that nobody can check guesses of a secret against it. */
function fingerprint({ name, value }: Wanted, key: string): string {
  return createHmac('sha256', key).update(`${name}\0${value}`).digest('base64url').slice(0, 16);
}
