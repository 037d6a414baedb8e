import { invalidQuery } from './payload.ts';
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
 *
 * Enforces what the parameters' own rules (`query.ts`) cannot: a checkpoint is one that a list returned, and a list that
 * has a limit is not paged beyond it.
 *
 * @param limits.perPage entries on a page unless the query says how many.
 * @param limits.results entries that can be paged through.
 */
export function listing(
  name: string,
  all: Record<string, unknown>[],
  query: URLSearchParams,
  limits: { perPage?: number; results?: number } = {},
): Reply {
  const page = wholeNumber(query, 'page', 0);
  const perPage = wholeNumber(query, 'per_page', limits.perPage ?? 50);
  const take = wholeNumber(query, 'take', 50);
  const shown = (items: Record<string, unknown>[]) => items.map((item) => selectFields(item, query));

  if (query.has('take') || query.has('from')) {
    const start = query.has('from') ? decodeCheckpoint(query.get('from') ?? '') : 0;
    if (start === undefined) return invalidQuery("'Invalid checkpoint' on property from");
    const end = start + take;
    const next = end < all.length ? { next: encodeCheckpoint(end) } : {};
    return { status: 200, body: { [name]: shown(all.slice(start, end)), ...next } };
  }
  const start = page * perPage;
  if (limits.results !== undefined && start + perPage > limits.results) {
    const message = `Requesting page exceeds the allowed maximum of ${limits.results} records`;
    return refusal(400, message, 'invalid_paging');
  }
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
