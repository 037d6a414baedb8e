import { type Reply, refusal } from './reply.ts';

/** Applies `fields` and `include_fields` to an entity. */
export function selectFields(
  entity: Record<string, unknown>,
  query: URLSearchParams,
): Record<string, unknown> {
  const fields = query.get('fields')?.split(',');
  if (fields === undefined) return entity;
  const include = query.get('include_fields') !== 'false';
  return Object.fromEntries(Object.entries(entity).filter(([name]) => fields.includes(name) === include));
}

function wholeNumber(query: URLSearchParams, name: string, fallback: number): number {
  return query.has(name) ? Number(query.get(name)) : fallback;
}

/**
 * A list in one of Auth0's three formats, chosen by the query: an array (`page`, `per_page`), the same with totals
 * (`include_totals`), or checkpoints (`take`, `from`), which have no `next` on the last page.
 */
export function listing(name: string, all: Record<string, unknown>[], query: URLSearchParams): Reply {
  const page = wholeNumber(query, 'page', 0);
  const perPage = wholeNumber(query, 'per_page', 50);
  const take = wholeNumber(query, 'take', 50);
  if (
    ![page, perPage, take].every((value) => Number.isInteger(value) && value >= 0) ||
    perPage > 100 ||
    take > 100
  ) {
    return refusal(400, "Query validation error: 'Value is out of range'.", 'invalid_query_string');
  }
  const shown = (items: Record<string, unknown>[]) => items.map((item) => selectFields(item, query));

  if (query.has('take') || query.has('from')) {
    const start = query.has('from') ? decodeCheckpoint(query.get('from') ?? '') : 0;
    if (start === undefined) {
      return refusal(
        400,
        "Query validation error: 'Invalid checkpoint' on property from.",
        'invalid_query_string',
      );
    }
    const end = start + take;
    const next = end < all.length ? { next: encodeCheckpoint(end) } : {};
    return { status: 200, body: { [name]: shown(all.slice(start, end)), ...next } };
  }
  const start = page * perPage;
  const items = shown(all.slice(start, start + perPage));
  if (query.get('include_totals') !== 'true') return { status: 200, body: items };
  return { status: 200, body: { total: all.length, start, limit: perPage, [name]: items } };
}

function encodeCheckpoint(position: number): string {
  return Buffer.from(`at:${position}`).toString('base64url');
}

function decodeCheckpoint(text: string): number | undefined {
  const position = /^at:(\d+)$/.exec(Buffer.from(text, 'base64url').toString())?.[1];
  return position === undefined ? undefined : Number(position);
}
