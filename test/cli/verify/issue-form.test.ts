import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const path = '.github/ISSUE_TEMPLATE/verification.yml';
const text = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');

/** What GitHub accepts as an issue form: https://docs.github.com/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-githubs-form-schema */
const form = z.strictObject({
  name: z.string().min(3),
  description: z.string().min(3),
  title: z.string().optional(),
  labels: z.array(z.string()).optional(),
  body: z
    .array(
      z.discriminatedUnion('type', [
        z.strictObject({ type: z.literal('markdown'), attributes: z.strictObject({ value: z.string() }) }),
        z.strictObject({
          type: z.enum(['textarea', 'dropdown', 'checkboxes']),
          id: z.string().regex(/^[\w-]+$/),
          attributes: z.strictObject({
            label: z.string().min(1),
            description: z.string().optional(),
            options: z
              .array(z.union([z.string(), z.strictObject({ label: z.string(), required: z.boolean() })]))
              .optional(),
          }),
          validations: z.strictObject({ required: z.boolean() }).optional(),
        }),
      ]),
    )
    .min(1),
});

test('the form for reports is valid, and requires the report', () => {
  const { name, body } = form.parse(parse(text(path)));
  const ids = body.flatMap((field) => ('id' in field ? [field.id] : []));
  expect(new Set(ids).size).toBe(ids.length);
  expect(body).toContainEqual(expect.objectContaining({ id: 'report', validations: { required: true } }));
  expect(name).toBe('Verification report');
});

test.for(['README.md', 'docs/deploying.md'])('%s says where reports go', (document) => {
  expect(text(document)).toMatch(/form is\s+\*Verification report\*|form \*Verification report\*/);
  expect(text(document)).toContain(path);
});
