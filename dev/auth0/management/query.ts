/**
 * Query parameters of the Management API. Enforces, from the API's OpenAPI description and the errors that Auth0 sends:
 *
 * - only parameters that the operation has: 400 `invalid_query_string`, `Additional properties not allowed`;
 * - `page` from 0, `per_page` from 1 (from 0 for clients and users) to 100, `take` from 1 to 100, `from` up to 1000
 *   characters, all of them whole numbers where they are numbers;
 * - `true` or `false` for flags, and values within the enumerations;
 * - in `fields`, for connections and users, only properties that they have;
 * - no parameter twice, except those that are lists.
 *
 * Not enforced, because the description does not say it: mixing `page` with `from` or `take`.
 */
import { z } from 'zod';

/** A text that is a whole number becomes one. Anything else stays what it is, to be refused by its type. */
const toNumber = (value: unknown) =>
  typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
const toBoolean = (value: unknown) => (value === 'true' ? true : value === 'false' ? false : value);
const toList = (value: unknown) => (typeof value === 'string' ? [value] : value);

const wholeNumber = (minimum: number, maximum = Number.MAX_SAFE_INTEGER) =>
  z.preprocess(toNumber, z.int().min(minimum).max(maximum)).optional();

/** `true` or `false`. */
export const flag = z.preprocess(toBoolean, z.boolean()).optional();

/** A parameter that can be repeated. */
export const several = <T extends z.ZodType>(each: T) => z.preprocess(toList, z.array(each)).optional();

/** A page by its number. */
export const paging = { page: wholeNumber(0), per_page: wholeNumber(1, 100), include_totals: flag };

/** The same for clients and users, whose pages may be empty. */
export const pagingFromZero = { ...paging, per_page: wholeNumber(0, 100) };

/** A page by where the one before it ended. */
export const checkpoints = { from: z.string().max(1000).optional(), take: wholeNumber(1, 100) };

/** The same for lists of up to 1000 entries a page. */
export const longCheckpoints = { ...checkpoints, take: wholeNumber(1, 1000) };

/** Which properties to return. Auth0 checks their names for some entities only. */
export function selection(properties?: readonly string[]) {
  const names = z.string().superRefine((value, ctx) => {
    if (!properties || value.split(',').every((name) => properties.includes(name))) return;
    ctx.addIssue({
      code: 'custom',
      message: `String '${value}' does not match pattern. Must be a comma separated list of the following values: ${properties.join(',')}`,
      input: value,
    });
  });
  return { fields: names.optional(), include_fields: flag };
}

/** For operations without parameters. */
export const noParameters = z.strictObject({});
