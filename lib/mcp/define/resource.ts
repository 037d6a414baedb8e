import type { ReadResourceResult, Resource } from '@modelcontextprotocol/server';
import type { Scope } from '../../scopes.ts';
import type { Call, Caller } from './call.ts';
import { type DefinitionSite, definitionSite } from './definition-site.ts';

type Definition = {
  /** Unique among the server's resources. */
  name: string;
  /** For people, in the client's list of resources. */
  title: string;
  /** For the model: what these resources hold. */
  description: string;
  /** Every scope that reading needs. A client that lacks one is told to ask its user for it. */
  scopes: Scope[];
  /** RFC 6570, such as `note://{id}`. */
  uriTemplate: string;
  mimeType: string;
  /** The resources that exist for this user. */
  list?(call: Call): Promise<Resource[]>;
  /** A resource's contents. Undefined if it does not exist: the client gets "resource not found". */
  read(uri: string, variables: Record<string, string>, call: Call): Promise<ReadResourceResult | undefined>;
  /** Completions of a template's variable, by the variable's name. `prefix` is what the user has typed so far. */
  complete?: Record<string, (prefix: string, caller: Caller) => Promise<string[]>>;
};

export type ResourceTemplateFeature = {
  kind: 'resource';
  definedAt?: DefinitionSite | undefined;
} & Definition;

/**
 * Defines a family of resources by a URI template. Add it to the list in `lib/tools/index.ts`.
 *
 * @example
 * export const bookmarkResource = defineResource({
 *   name: 'bookmark',
 *   title: 'Bookmark',
 *   description: "One of the user's bookmarks.",
 *   scopes: ['mcp:read'],
 *   uriTemplate: 'bookmark://{id}',
 *   mimeType: 'text/uri-list',
 *   read: async (uri, { id = '' }, call) => {
 *     const found = await bookmarks(call).get(id);
 *     return found && { contents: [{ uri, mimeType: 'text/uri-list', text: found.url }] };
 *   },
 * });
 */
export function defineResource(definition: Definition): ResourceTemplateFeature {
  return { kind: 'resource', ...definition, definedAt: definitionSite() };
}
