/**
 * Environment variables of a project, `/v10/projects/:idOrName/env`. Refuses, as Vercel does:
 * - an invalid key, an unknown type or target, no target, a comment over 500 characters, unknown properties: 400
 * - a sensitive variable for development, and a variable of a git branch for another environment than preview: 400
 * - a second variable of the same name for the same environment and branch: reported in `failed`
 * - changing the type of a sensitive variable: 400
 * Shows values of the type `plain` only. `encrypted` ones come as ciphertext, `sensitive` ones empty.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ApiReply } from '../platform-api/server.ts';
import { parseBody, refusal } from './reply.ts';
import { type EnvVariable, newId, type Project } from './state.ts';

const type = z.enum(['system', 'plain', 'encrypted', 'sensitive']);
const target = z.array(z.enum(['production', 'preview', 'development'])).min(1);
const properties = {
  value: z.string(),
  type,
  target,
  gitBranch: z.string().optional(),
  comment: z.string().max(500).optional(),
};
const one = z.strictObject({
  key: z
    .string()
    .max(256)
    .regex(/^[A-Za-z_]\w*$/),
  ...properties,
});
const creation = z.union([z.array(one), one]);
const change = z.strictObject(properties).partial();

/** `GET /v10/projects/:idOrName/env` */
export function listEnv({ env }: Project): ApiReply {
  return { status: 200, body: { envs: env.map(shown) } };
}

/** `POST /v10/projects/:idOrName/env`, without `upsert`: setup changes existing variables one by one. */
export function createEnv(project: Project, body: unknown): ApiReply {
  const parsed = parseBody(creation, body);
  if ('reply' in parsed) return parsed.reply;
  const wanted = [parsed.value].flat();
  if (wanted.some(forDevelopment)) return sensitiveDevelopment;
  if (wanted.some(beyondPreview)) return branchNeedsPreview;
  const created: unknown[] = [];
  const failed: unknown[] = [];
  for (const { gitBranch, comment, ...variable } of wanted) {
    const taken = project.env.find(
      (each) =>
        each.key === variable.key &&
        each.gitBranch === gitBranch &&
        each.target.some((name) => variable.target.includes(name)),
    );
    if (taken) {
      const message = `Another Environment Variable with the Name and Environment selected already exists (ID ${taken.id}).`;
      failed.push({ error: { code: 'ENV_CONFLICT', message, key: variable.key, target: taken.target } });
      continue;
    }
    const now = Date.now();
    const entry: EnvVariable = {
      id: newId('env').slice(4),
      ...variable,
      ...(gitBranch === undefined ? {} : { gitBranch }),
      ...(comment === undefined ? {} : { comment }),
      createdAt: now,
      updatedAt: now,
    };
    project.env.push(entry);
    created.push(shown(entry));
  }
  return { status: 201, body: { created, failed } };
}

/** `PATCH /v9/projects/:idOrName/env/:id` */
export function changeEnv(project: Project, id: string, body: unknown): ApiReply {
  const entry = project.env.find((each) => each.id === id);
  if (!entry) return refusal(404, 'not_found', 'The environment variable was not found.');
  const parsed = parseBody(change, body);
  if ('reply' in parsed) return parsed.reply;
  if (entry.type === 'sensitive' && parsed.value.type && parsed.value.type !== 'sensitive')
    return refusal(400, 'bad_request', 'You cannot change the type of a Sensitive Environment Variable.');
  const changed = { ...entry, ...parsed.value };
  if (forDevelopment(changed)) return sensitiveDevelopment;
  if (beyondPreview(changed)) return branchNeedsPreview;
  Object.assign(entry, parsed.value, { updatedAt: Date.now() });
  return { status: 200, body: shown(entry) };
}

const sensitiveDevelopment = refusal(
  400,
  'bad_request',
  "You cannot set a Sensitive Environment Variable's target to development.",
);

/** The wording is ours; Vercel's reference says only that the target must be preview. */
const branchNeedsPreview = refusal(
  400,
  'bad_request',
  'A variable of a git branch must have preview as its only target.',
);

function beyondPreview({ gitBranch, target }: { gitBranch?: string | undefined; target: string[] }): boolean {
  return gitBranch !== undefined && target.some((each) => each !== 'preview');
}

function forDevelopment({ type, target }: Pick<EnvVariable, 'type' | 'target'>): boolean {
  return type === 'sensitive' && target.includes('development');
}

function shown(entry: EnvVariable) {
  const { value, type } = entry;
  if (type === 'plain') return entry;
  const hidden = type === 'sensitive' ? '' : createHash('sha512').update(value).digest('base64');
  return { ...entry, value: hidden };
}
