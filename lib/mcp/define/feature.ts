import type { McpServer } from '@modelcontextprotocol/server';
import type { Caller } from './call.ts';
import type { Prompt } from './prompt.ts';
import type { ResourceTemplateFeature } from './resource.ts';
import type { Tool } from './tool.ts';

/** Anything the SDK can register and this project has no shorthand for. Runs once a request. */
export type SdkFeature = { kind: 'sdk'; register(server: McpServer, caller: Caller): void };

/** What a server offers: an entry of the list in `lib/tools/index.ts`. */
export type Feature = Tool | ResourceTemplateFeature | Prompt | SdkFeature;
