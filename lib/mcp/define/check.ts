/** The rules for what a server offers. Pure: `npm start`, `npm test`, the build and the deployed server all use them. */
import { z } from 'zod';
import { allScopes, isScope } from '../../scope-rules.ts';
import type { DefinitionSite } from './definition-site.ts';
import type { Feature } from './feature.ts';
import type { Tool } from './tool.ts';

/** Something wrong with one feature of the list, and what to do about it. */
export type Finding = {
  /** Kind and name, such as `tool add_note`. */
  feature: string;
  problem: string;
  fix: string;
  /** Whether a deployed server offers the feature anyway. */
  served: boolean;
  definedAt?: DefinitionSite | undefined;
};

/** The findings, and the features that can be served in spite of them. */
export type CheckedFeatures = { findings: Finding[]; servable: Feature[] };

/** A problem of one feature, before it is known which. */
type Problem = Pick<Finding, 'problem' | 'fix'> & { served?: boolean };

/** A feature with a definition of its own; what is registered with the SDK directly is up to its author. */
type Defined = Exclude<Feature, { kind: 'sdk' }>;

const maxNameLength = 64;

/** What Claude and ChatGPT accept as a name, although MCP allows dots and 128 characters. */
const acceptedName = /^[A-Za-z0-9_-]+$/;

/**
 * Checks a server's list of features. A feature that clients would refuse, or that would break the list for all others,
 * is not servable. If several have the same name, the first one is.
 */
export function checkFeatures(features: readonly Feature[]): CheckedFeatures {
  const known = checked.get(features) ?? check(features);
  checked.set(features, known);
  return known;
}

/** A list does not change while its process runs, and converting every schema takes a while. */
const checked = new WeakMap<readonly Feature[], CheckedFeatures>();

function check(features: readonly Feature[]): CheckedFeatures {
  const findings: Finding[] = [];
  const seen = new Map<string, Defined>();
  const servable = features.filter((feature) => {
    if (feature.kind === 'sdk') return true;
    const label = `${feature.kind} ${feature.name}`;
    const problems = [...sameName(feature, seen.get(label)), ...problemsOf(feature)];
    if (!seen.has(label)) seen.set(label, feature);
    for (const { problem, fix, served = false } of problems)
      findings.push({ feature: label, problem, fix, served, definedAt: feature.definedAt });
    return problems.every(({ served }) => served);
  });
  return { findings, servable };
}

function sameName({ kind }: Defined, other: Defined | undefined): Problem[] {
  if (!other) return [];
  const where = other.definedAt
    ? `, at line ${other.definedAt.line} of ${fileName(other.definedAt.file)}`
    : '';
  return [
    {
      problem: `The list has another ${kind} with this name${where}.`,
      fix: 'Rename one of them, or remove it from the list.',
    },
  ];
}

function problemsOf(feature: Defined): Problem[] {
  const common = [...nameProblems(feature), ...textProblems(feature), ...scopeProblems(feature)];
  switch (feature.kind) {
    case 'tool':
      return [
        ...common,
        ...hintProblems(feature),
        ...schemaProblems('input', feature.input),
        ...schemaProblems('output', feature.output),
      ];
    case 'prompt':
      return [...common, ...schemaProblems('input', feature.input)];
    case 'resource':
      return [...common, ...templateProblems(feature.uriTemplate)];
  }
}

function nameProblems({ kind, name }: Defined): Problem[] {
  if (name.length > maxNameLength)
    return [
      {
        problem: `The name has ${name.length} characters. Clients refuse more than ${maxNameLength}.`,
        fix: 'Choose a shorter name.',
      },
    ];
  // Clients pass the names of tools to their model's API. Other names are only shown.
  if (kind === 'tool' ? acceptedName.test(name) : name) return [];
  return [
    {
      problem: name ? 'The name has characters that clients refuse.' : 'The name is empty.',
      fix: 'Use only letters without accents, digits, _ and -, such as add_note.',
    },
  ];
}

function textProblems(feature: Defined): Problem[] {
  const purpose = {
    title: 'a few words for people, which clients show in their lists',
    description: 'what it does and when to use it',
  };
  return (['title', 'description'] as const)
    .filter((field) => !feature[field]?.trim())
    .map((field) => ({ problem: `It has no ${field}.`, fix: `Add one: ${purpose[field]}.`, served: true }));
}

function scopeProblems({ scopes }: Defined): Problem[] {
  return scopes
    .filter((scope) => !isScope(scope))
    .map((scope) => ({
      problem: `It needs the scope ${scope}, which lib/scopes.ts does not define, so nobody can use it.`,
      fix: `Add the scope to lib/scopes.ts, or use one of ${allScopes.join(', ')}.`,
    }));
}

/** Claude's and ChatGPT's directories require the hints; without them, clients ask before each call or not at all. */
function hintProblems({ annotations }: Tool): Problem[] {
  // The types demand them, but a deployment does not check types.
  const { readOnlyHint, destructiveHint }: Partial<Tool['annotations']> = annotations ?? {};
  if (readOnlyHint && destructiveHint)
    return [
      {
        problem: 'Its hints contradict each other: a tool that only reads destroys nothing.',
        fix: 'Remove readOnlyHint or destructiveHint from annotations.',
        served: true,
      },
    ];
  if (readOnlyHint || destructiveHint !== undefined) return [];
  return [
    {
      problem: 'It has no hints for the dialogs in which clients ask for confirmation.',
      fix: 'Add annotations: { readOnlyHint: true } if it only reads, { readOnlyHint: false, destructiveHint: false } if it only adds, or { readOnlyHint: false, destructiveHint: true } if it changes or deletes.',
      served: true,
    },
  ];
}

/** One schema that has no JSON Schema makes the whole list fail. */
function schemaProblems(field: 'input' | 'output', schema: z.ZodObject | undefined): Problem[] {
  try {
    if (schema) z.toJSONSchema(schema, { io: field });
    return [];
  } catch (error) {
    return [
      {
        problem: `Its ${field} has no JSON Schema: ${error instanceof Error ? error.message : error}`,
        fix: 'Use types that JSON has: z.iso.datetime() instead of z.date(), z.int() instead of z.bigint().',
      },
    ];
  }
}

/** RFC 6570: a scheme, then expressions in braces that are closed and not nested. */
function templateProblems(template: string): Problem[] {
  if (/^[a-z][a-z\d+.-]*:(?:[^{}]|\{[^{}]+\})*$/i.test(template)) return [];
  return [
    {
      problem: 'Its uriTemplate is not a URI template.',
      fix: 'Begin with a scheme and close every brace, such as note://{id}.',
    },
  ];
}

const fileName = (path: string) => path.slice(path.lastIndexOf('/') + 1);
