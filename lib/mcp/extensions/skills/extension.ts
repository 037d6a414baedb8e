import {
  type McpServer,
  ProtocolError,
  ProtocolErrorCode,
  ResourceTemplate,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import { skills } from '../../../skills/index.ts';
import { isObject, paramsOf } from '../../json-rpc.ts';
import type { Extension } from '../../server/extension.ts';
import { runHandler } from '../../server/handler-errors.ts';
import type { RequestContext } from '../../server/request-context.ts';

/** How long a client may cache what it is told about skills. They change only with a deployment. */
const cacheHint = { ttlMs: 300_000, cacheScope: 'private' } as const;

/** Entries of `skills/list` in one answer. */
const pageSize = 20;

const uriParams = z.object({ uri: z.string().max(2048) });
const listParams = z.object({ cursor: z.string().max(2048).optional() });
const directoryParams = uriParams.extend(listParams.shape);

/**
 * Skills (ext-skills, specification/stable/skills.mdx): serves the folders that `lib/skills/index.ts` names. Clients do not
 * declare this extension: they look at what the server declares. Its methods belong to the modern era.
 */
export const agentSkills: Extension = {
  identifier: 'io.modelcontextprotocol/skills',
  serve: ({ era, message, context }) =>
    era === 'legacy' || !skills.length
      ? undefined
      : {
          settings: { directoryRead: true },
          register: (server) => {
            registerMethods(server, context);
            const uri = isObject(message) && message.method === 'resources/read' && paramsOf(message).uri;
            if (typeof uri === 'string' && uri.startsWith('skill://')) registerFile(server, uri, context);
          },
        },
};

/** The skills that the caller may use. Loaded when first asked for. */
async function usable({ principal }: RequestContext) {
  const { skillsFor } = await import('./served.ts');
  return skillsFor(skills, principal.scopes);
}

function registerMethods({ server }: McpServer, context: RequestContext): void {
  server.setRequestHandler('skills/list', { params: listParams }, ({ cursor }) =>
    runHandler('skills/list', context, async () => {
      const entries = (await usable(context)).map(({ entry }) => entry);
      // A cursor is the URI of the last entry of the page before.
      const start = cursor === undefined ? 0 : entries.findIndex(({ uri }) => uri === cursor) + 1;
      if (cursor !== undefined && !start) throw invalid('The cursor is not one of this list.');
      const page = entries.slice(start, start + pageSize);
      const nextCursor = start + pageSize < entries.length ? page.at(-1)?.uri : undefined;
      return { resultType: 'complete', skills: page, ...(nextCursor && { nextCursor }), ...cacheHint };
    }),
  );
  server.setRequestHandler('skills/get', { params: uriParams }, ({ uri }) =>
    runHandler('skills/get', context, async () => {
      const found = (await usable(context)).find(({ entry }) => entry.uri === uri);
      if (!found) throw invalid(`No skill is served at ${uri}`);
      return { resultType: 'complete', skill: found.entry, ...cacheHint };
    }),
  );
  server.setRequestHandler('resources/directory/read', { params: directoryParams }, ({ uri, cursor }) =>
    runHandler('resources/directory/read', context, async () => {
      const { childrenOf } = await import('./served.ts');
      const resources = childrenOf(await usable(context), uri);
      if (!resources) throw invalid(`${uri} is not a directory resource`);
      if (cursor !== undefined) throw invalid('The cursor is not one of this list.');
      return { resultType: 'complete', resources, ...cacheHint };
    }),
  );
}

/**
 * Serves one file to the request that reads it. It is not registered for others, so that lists of resources remain as they
 * are without skills. The URI is compared as it was sent: nothing is resolved, so no path leads outside.
 */
function registerFile(server: McpServer, uri: string, context: RequestContext): void {
  const template = new ResourceTemplate('skill://{+path}', { list: undefined });
  server.registerResource('skill_file', template, { cacheHint }, () =>
    runHandler('skill file', context, async () => {
      const file = (await usable(context)).map(({ files }) => files.get(uri)).find(Boolean);
      if (!file) throw invalid(`No file of a skill is served at ${uri}`);
      const { mimeType, bytes, isText } = file;
      const content = isText ? { text: bytes.toString() } : { blob: bytes.toString('base64') };
      return { contents: [{ uri, mimeType, ...content }] };
    }),
  );
}

const invalid = (message: string) => new ProtocolError(ProtocolErrorCode.InvalidParams, message);
