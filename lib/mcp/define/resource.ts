import type { ReadResourceResult, Resource } from '@modelcontextprotocol/server';
import type { Scope } from '../../scopes.ts';
import type { Call, Caller } from './call.ts';

type Definition = {
  name: string;
  title: string;
  description: string;
  scopes: Scope[];
  /** RFC 6570, such as `note://{id}`. */
  uriTemplate: string;
  mimeType: string;
  /** The resources that exist for this user. */
  list?(call: Call): Promise<Resource[]>;
  /** The contents, or undefined when there is no such resource. */
  read(uri: string, variables: Record<string, string>, call: Call): Promise<ReadResourceResult | undefined>;
  /** Completions of a variable, by its name. */
  complete?: Record<string, (started: string, caller: Caller) => Promise<string[]>>;
};

export type ResourceTemplateFeature = { kind: 'resource' } & Definition;

/** Defines a family of resources by URI template; list it in `lib/tools/index.ts`. */
export function defineResource(definition: Definition): ResourceTemplateFeature {
  return { kind: 'resource', ...definition };
}
