/**
 * A name as Auth0 allows it, and nothing that another spelling could stand for: lower case, digits, `-` and `_`, 1 to 50
 * characters.
 */
const name = /^[a-z0-9][a-z0-9_-]{0,49}$/;

/** Whether an organization at Auth0 can have this name. */
export function isOrganizationName(text: string): boolean {
  return name.test(text);
}
