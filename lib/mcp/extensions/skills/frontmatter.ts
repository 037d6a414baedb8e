import { z } from 'zod';

/** The fields that the Agent Skills format defines. Further fields are allowed and pass through unchanged. */
const fields = z.looseObject({
  name: z
    .string()
    .max(64)
    .regex(/^[a-z\d]+(?:-[a-z\d]+)*$/, 'Use lowercase letters, digits and single hyphens'),
  description: z
    .string()
    .max(1024)
    .refine((text) => text.trim(), 'Say what the skill does and when to use it'),
  license: z.string().optional(),
  compatibility: z.string().min(1).max(500).optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  'allowed-tools': z.string().optional(),
});

/** The YAML at the top of `SKILL.md`, as JSON. */
export type Frontmatter = z.output<typeof fields>;

/**
 * Reads the frontmatter of a `SKILL.md` (agentskills.io/specification). The YAML parser is loaded when it is first needed.
 *
 * @throws Error that says what is wrong
 */
export async function frontmatterOf(markdown: string): Promise<Frontmatter> {
  const [, yaml] = /^---\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/.exec(markdown) ?? [];
  if (yaml === undefined) throw new Error('It does not begin with YAML between two lines of ---.');
  const { parse } = await import('yaml');
  const json = z.record(z.string(), z.json()).safeParse(parse(yaml));
  if (!json.success) throw new Error('Its frontmatter cannot be written as a JSON object.');
  const { data, error } = fields.safeParse(json.data);
  if (!data) {
    const [issue] = error.issues;
    throw new Error(`Its frontmatter is invalid: ${issue?.path.join('.')}: ${issue?.message}.`);
  }
  return data;
}
