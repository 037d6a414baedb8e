import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkFeatures } from '../../../../lib/mcp/define/check.ts';
import type { SdkFeature } from '../../../../lib/mcp/define/feature.ts';
import { definePrompt } from '../../../../lib/mcp/define/prompt.ts';
import { defineResource } from '../../../../lib/mcp/define/resource.ts';
import { defineTool, type Tool } from '../../../../lib/mcp/define/tool.ts';
import { baselineScopes } from '../../../../lib/scopes.ts';
import { features } from '../../../../lib/tools/index.ts';
import { features as testFeatures } from '../../../mcp-server/features/index.ts';

const definition = {
  name: 'look',
  title: 'Look',
  description: 'Looks.',
  scopes: [...baselineScopes],
  annotations: { readOnlyHint: true },
  handler: () => '',
} as const satisfies Parameters<typeof defineTool>[0];
const tool = defineTool(definition);

/** As a file without types could define it. */
const untyped = (changes: Record<string, unknown>): Tool => Object.assign(defineTool(definition), changes);

const resource = (uriTemplate: string) =>
  defineResource({
    name: 'note',
    title: 'Note',
    description: 'A note.',
    scopes: [],
    uriTemplate,
    mimeType: 'text/plain',
    read: async () => undefined,
  });

const prompt = definePrompt({
  name: 'look',
  title: 'Look',
  description: 'Looks.',
  scopes: [],
  handler: () => ({ messages: [] }),
});

const sdk: SdkFeature = { kind: 'sdk', register: () => {} };

describe.each([
  ['this server', features],
  ['the test server', testFeatures],
])('the list of %s', (_, list) => {
  it('is valid', () => {
    expect(checkFeatures(list).findings).toEqual([]);
  });
});

describe('a list of features → its findings', () => {
  it.each([
    ['nothing', []],
    ['one of each kind, with one name', [tool, resource('look://{id}'), prompt, sdk]],
    ['a name of 64 characters', [untyped({ name: 'a'.repeat(64) })]],
    ['a tool that only adds', [untyped({ annotations: { readOnlyHint: false, destructiveHint: false } })]],
    ['a tool that deletes', [untyped({ annotations: { destructiveHint: true } })]],
    ['a resource with several variables', [resource('note://{+folder}/{id}{?page}')]],
    ['a resource without any', [resource('note://all')]],
  ])('%s → none', (_, list) => {
    expect(checkFeatures(list)).toEqual({ findings: [], servable: list });
  });

  it.each([
    ['a name of 65 characters', { name: 'a'.repeat(65) }, /65 characters.*64/],
    ['a name with a space', { name: 'add note' }, /characters that clients refuse/],
    ['a name with a dot', { name: 'notes.add' }, /characters that clients refuse/],
    ['a name with an accent', { name: 'café' }, /characters that clients refuse/],
    ['a name with a line break', { name: 'look\n' }, /characters that clients refuse/],
    ['no name', { name: '' }, /name is empty/],
    ['an unknown scope', { scopes: ['mcp:everything'] }, /scope mcp:everything, which lib\/scopes.ts/],
    [
      'an input that JSON cannot express',
      { input: z.object({ at: z.date() }) },
      /input has no JSON Schema: Date/,
    ],
    ['such an output', { output: z.object({ at: z.bigint() }) }, /output has no JSON Schema: BigInt/],
  ])('a tool with %s → one, and it is left out', (_, changes, problem) => {
    const { findings, servable } = checkFeatures([untyped(changes), prompt]);
    expect(findings).toMatchObject([{ problem: expect.stringMatching(problem), served: false }]);
    expect(servable).toEqual([prompt]);
  });

  it.each([
    ['no title', { title: undefined }, /no title/],
    ['a blank title', { title: ' ' }, /no title/],
    ['no description', { description: '' }, /no description/],
    ['no annotations', { annotations: undefined }, /no hints/],
    ['no hint that clients need', { annotations: { openWorldHint: false } }, /no hints/],
    ['half a hint', { annotations: { readOnlyHint: false } }, /no hints/],
    ['contradicting hints', { annotations: { readOnlyHint: true, destructiveHint: true } }, /contradict/],
  ])('a tool with %s → one, and it is served', (_, changes, problem) => {
    const changed = untyped(changes);
    expect(checkFeatures([changed])).toMatchObject({
      findings: [{ feature: 'tool look', problem: expect.stringMatching(problem), served: true }],
      servable: [changed],
    });
  });

  it.each(['{id}', 'note://{id', 'note://{}', 'note://{a{b}}', '://{id}'])(
    'a resource at %j → one, and it is left out',
    (uriTemplate) => {
      expect(checkFeatures([resource(uriTemplate)])).toMatchObject({
        findings: [{ feature: 'resource note', problem: 'Its uriTemplate is not a URI template.' }],
        servable: [],
      });
    },
  );

  it('two tools with one name → one, and the first is served', () => {
    const second = defineTool({ ...definition, title: 'Second' });
    const { findings, servable } = checkFeatures([tool, second]);
    expect(findings).toMatchObject([{ feature: 'tool look', served: false }]);
    expect(findings[0]?.problem).toMatch(/another tool with this name, at line \d+ of check\.test\.ts/);
    expect(servable).toEqual([tool]);
  });

  it('several problems of one tool → each', () => {
    expect(checkFeatures([untyped({ title: '', name: '', scopes: ['x'] })]).findings).toHaveLength(3);
  });

  it('names the file of the definition', () => {
    const [finding] = checkFeatures([untyped({ name: 'a b' })]).findings;
    expect(finding?.definedAt?.file).toMatch(/check\.test\.ts$/);
  });
});
