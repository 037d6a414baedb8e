import type { McpServer } from '@modelcontextprotocol/server';
import type { Caller } from './call.ts';
import type { Prompt } from './prompt.ts';
import type { ResourceTemplateFeature } from './resource.ts';
import type { Tool } from './tool.ts';

/**
 * Anything else that the SDK can register. `register` runs once for each request, so do no work in it. The feature
 * must check scopes itself, with the SDK's `scopeChallenge`.
 *
 * @example
 * export const about: SdkFeature = {
 *   kind: 'sdk',
 *   register: (server) => {
 *     server.registerResource('about', 'about://server', { mimeType: 'text/plain' }, (uri) => ({
 *       contents: [{ uri: uri.href, text: 'Bookmarks and dice.' }],
 *     }));
 *   },
 * };
 */
export type SdkFeature = { kind: 'sdk'; register(server: McpServer, caller: Caller): void };

/** Something that a server offers: an entry of the list in `lib/tools/index.ts`. */
export type Feature = Tool | ResourceTemplateFeature | Prompt | SdkFeature;
