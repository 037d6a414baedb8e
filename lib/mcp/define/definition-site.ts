import { getCallSites } from 'node:util';

/** Where a feature is defined: a file's path or URL, and the line of `defineTool` or one of its siblings in it. */
export type DefinitionSite = { file: string; line: number };

/** The place that called the function that calls this. Undefined if the runtime cannot tell. */
export function definitionSite(): DefinitionSite | undefined {
  const [, , caller] = getCallSites(3);
  return caller && { file: caller.scriptName, line: caller.lineNumber };
}
