import { isObject, member, textMember } from './member.ts';

/** The names of the tools in a `tools/list` result. Undefined if it is not such a result. */
export function toolNames(result: unknown): string[] | undefined {
  return listedTools(result)?.flatMap((tool) => textMember(tool, 'name') ?? []);
}

/**
 * A tool that is safe to call: it declares itself read-only and requires no arguments. Prefers `whoami`, which also
 * shows which user the server sees.
 */
export function harmlessTool(result: unknown): string | undefined {
  const names = (listedTools(result) ?? [])
    .filter((tool) => member(member(tool, 'annotations'), 'readOnlyHint') === true)
    .filter((tool) => {
      const required = member(member(tool, 'inputSchema'), 'required');
      return required === undefined || (Array.isArray(required) && required.length === 0);
    })
    .flatMap((tool) => textMember(tool, 'name') ?? []);
  return names.find((name) => name === 'whoami') ?? names[0];
}

/** The tools in a `tools/list` result. Undefined if it is not such a result. */
export function listedTools(result: unknown): unknown[] | undefined {
  const listed = member(result, 'tools');
  return Array.isArray(listed) ? listed.filter(isObject) : undefined;
}

/** The text of a `tools/call` result that reports an error. Undefined if the call succeeded. */
export function toolError(result: unknown): string | undefined {
  if (member(result, 'isError') !== true) return undefined;
  const content = member(result, 'content');
  const [first] = Array.isArray(content) ? content : [];
  return textMember(first, 'text') ?? 'an error without a text';
}
