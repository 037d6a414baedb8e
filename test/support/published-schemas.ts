import { z } from 'zod';

/** Version ranges are not versions: registries and clients refuse them. */
const version = z
  .string()
  .min(1)
  .max(255)
  .refine((text) => text !== 'latest' && !/[\^~<>=*]|\.x\b/.test(text));

/** What both documents say of a server. Strict, so that nothing else is published by mistake. */
const server = z.strictObject({
  name: z
    .string()
    .min(3)
    .max(200)
    .regex(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/),
  version,
  title: z.string().min(1).max(100).optional(),
  description: z.string().min(1).max(100),
  websiteUrl: z.url().optional(),
  remotes: z
    .array(
      z.strictObject({
        type: z.enum(['streamable-http', 'sse']),
        url: z.string().regex(/^https?:\/\/[^\s]+$/),
      }),
    )
    .min(1),
});

/**
 * The rules of a server card, for the members that this server has (`modelcontextprotocol/experimental-ext-server-card`,
 * schema.json of 2026-07-24, version 1).
 */
export const serverCard = server.extend({
  $schema: z.literal('https://static.modelcontextprotocol.io/schemas/v1/server-card.schema.json'),
});

/**
 * The rules of the registry's server.json, for the members that this server has (`modelcontextprotocol/static`,
 * schemas/2025-12-11/server.schema.json).
 */
export const serverJson = server.extend({
  $schema: z.literal('https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json'),
});

/**
 * An AI Catalog with server cards by URL (`modelcontextprotocol/experimental-ext-server-card`, docs/discovery.md).
 */
export const aiCatalog = z.strictObject({
  specVersion: z.literal('1.0'),
  entries: z.array(
    z.strictObject({
      identifier: z.string().regex(/^urn:air:[\w.-]+:mcp:[\w.-]+$/),
      type: z.literal('application/mcp-server-card+json'),
      url: z.url(),
    }),
  ),
});
