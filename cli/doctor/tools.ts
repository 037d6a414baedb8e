import { isObject, member, textMember } from './member.ts';

/** Names of the tools in a `tools/list` result; undefined when it is none. */
export function toolNames(result: unknown): string[] | undefined {
  return tools(result)?.flatMap((tool) => textMember(tool, 'name') ?? []);
}

/**
 * A tool that can be called without harm: read-only by its own word, and without required arguments; `whoami`
 * first, since it also shows who the server takes the caller for.
 */
export function harmlessTool(result: unknown): string | undefined {
  const names = (tools(result) ?? [])
    .filter((tool) => member(member(tool, 'annotations'), 'readOnlyHint') === true)
    .filter((tool) => {
      const required = member(member(tool, 'inputSchema'), 'required');
      return required === undefined || (Array.isArray(required) && required.length === 0);
    })
    .flatMap((tool) => textMember(tool, 'name') ?? []);
  return names.find((name) => name === 'whoami') ?? names[0];
}

function tools(result: unknown): unknown[] | undefined {
  const listed = member(result, 'tools');
  return Array.isArray(listed) ? listed.filter(isObject) : undefined;
}

/** The text of a `tools/call` result that reports an error; undefined when the call went well. */
export function toolError(result: unknown): string | undefined {
  if (member(result, 'isError') !== true) return undefined;
  const content = member(result, 'content');
  const [first] = Array.isArray(content) ? content : [];
  return textMember(first, 'text') ?? 'an error without words';
}
