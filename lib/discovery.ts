import { identity, serverTitle } from './identity.ts';
import { mcpResource } from './origin.ts';
import { sha256 } from './sha256.ts';

const cardType = 'application/mcp-server-card+json';
const registrySchema = 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json';
const cardSchema = 'https://static.modelcontextprotocol.io/schemas/v1/server-card.schema.json';

/** The longest description that a card may have, in characters. */
const maxDescriptionCharacters = 100;

/**
 * The public document at a path that tells where this server is (modelcontextprotocol/experimental-ext-server-card,
 * docs/discovery.md): a catalog, or the server's card. Undefined for any other path.
 *
 * @param known the request's `If-None-Match`: if it names the document, the response is 304 (RFC 9110 section 13.1.2).
 */
export function discoveryDocumentAt(
  path: string,
  origin: string,
  known: string | null,
): Response | undefined {
  const respond = (document: object, type: string) => {
    const body = JSON.stringify(document);
    const etag = `"${sha256(body)}"`;
    const headers = { 'cache-control': 'public, max-age=3600', etag };
    return names(known, etag)
      ? new Response(null, { status: 304, headers })
      : new Response(body, { headers: { ...headers, 'content-type': type } });
  };
  if (path === '/.well-known/ai-catalog.json')
    return respond(aiCatalog(origin), 'application/ai-catalog+json');
  if (path === '/.well-known/mcp/catalog.json') return respond(mcpCatalog(origin), 'application/json');
  // The second path is where some tools look without a catalog.
  if (path === '/mcp/server-card' || path === '/.well-known/mcp/server-card.json')
    return respond(serverCard(origin), cardType);
  return undefined;
}

/** Whether an `If-None-Match` names a tag. A CDN that compresses the document makes the tag a weak one. */
function names(known: string | null, etag: string): boolean {
  const tags = known?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return tags.includes(etag) || tags.includes('*');
}

/** The AI Catalog of the current draft, with one entry. */
function aiCatalog(origin: string) {
  return { specVersion: '1.0', entries: [catalogEntry(origin, 'mcp:')] };
}

/** The MCP Catalog of earlier drafts, with one entry. */
function mcpCatalog(origin: string) {
  return { specVersion: 'draft', entries: [{ ...catalogEntry(origin, ''), displayName: serverTitle }] };
}

function catalogEntry(origin: string, namespace: string) {
  return {
    identifier: `urn:air:${new URL(origin).hostname}:${namespace}${cardName(origin).split('/')[1]}`,
    type: cardType,
    url: `${mcpResource(origin)}/server-card`,
  };
}

/** The server's card: who it is and where it is reached. It says nothing that `server/discover` does not. */
function serverCard(origin: string) {
  const { version, title, description = `${serverTitle}, an MCP server.`, websiteUrl } = identity;
  return {
    $schema: cardSchema,
    name: cardName(origin),
    version,
    title,
    description: shortened(description),
    websiteUrl,
    remotes: [{ type: 'streamable-http', url: mcpResource(origin) }],
  };
}

/** What the MCP Registry is told about the server (its server.json): the card, in the registry's schema. */
export function registryEntry(origin: string) {
  return { ...serverCard(origin), $schema: registrySchema };
}

/** A reversed domain and a name. */
function cardName(origin: string): string {
  const domain = new URL(origin).hostname.split('.').reverse().join('.');
  return identity.registryName ?? `${domain}/${identity.name.replace(/[^\w.-]+/g, '-')}`;
}

function shortened(text: string): string {
  return text.length > maxDescriptionCharacters
    ? `${text.slice(0, maxDescriptionCharacters - 2).trimEnd()} …`
    : text;
}
