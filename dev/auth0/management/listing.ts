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

/** Parameters that are true or false, in every list that has them. */
const booleans = [
  'include_totals',
  'include_fields',
  'is_first_party',
  'is_global',
  'allow_any_organization',
];

/**
 * A list in one of Auth0's three formats, chosen by the query: an array (`page`, `per_page`), the same with totals
 * (`include_totals`), or checkpoints (`take`, `from`), which have no `next` on the last page.
 *
 * Refuses with 400 `invalid_query_string`, as the API reference describes it: pages that are not whole numbers from 0,
 * more than 100 entries a page, a checkpoint that no list returned, and flags other than `true` and `false`.
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
  const wrongFlag = booleans.find(
    (name) => query.has(name) && !/^(?:true|false)$/.test(query.get(name) ?? ''),
  );
  if (wrongFlag !== undefined) {
    return refusal(
      400,
      `Query validation error: 'Expected type boolean but found type string' on property ${wrongFlag}.`,
      'invalid_query_string',
    );
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
