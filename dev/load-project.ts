/**
 * Started by `check-project.ts` as a process, because a module loads once per process: loads every function and the list
 * of features from a project's folder, and sends what is wrong with them to its parent.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { CheckedFeatures } from '../lib/mcp/define/check.ts';
import type { SkillFolder } from '../lib/mcp/define/skill.ts';
import type { ProjectProblem } from './check-project.ts';

const root = process.argv[2] ?? '';
const list = 'lib/tools/index.ts';
const skillList = 'lib/skills/index.ts';
const skillRules = 'lib/mcp/extensions/skills/check.ts';
const load = (path: string) => import(pathToFileURL(join(root, path)).href);

/** By their text: every function that imports a broken file fails in the same way. */
const found = new Map<string, ProjectProblem>();
const note = (problem: ProjectProblem) => found.set(JSON.stringify(problem), problem);
const noteError = (error: unknown) => note(problemOf(error));

const functions = globSync('api/**/*.{ts,mts,js,mjs}', { cwd: root })
  .filter((path) => !/(?:^|\/)[._]|\.d\.ts$/.test(path))
  .sort();
for (const path of functions) await load(path).catch(noteError);
if (!found.size && existsSync(join(root, list))) await checkList().catch(noteError);
if (!found.size && [skillList, skillRules].every((path) => existsSync(join(root, path))))
  await checkSkillList().catch(noteError);
process.send?.([...found.values()], () => process.exit(0));

/** Checks the list by the project's own rules and scopes, which may differ from those that this process started with. */
async function checkList(): Promise<void> {
  const { features } = await load(list);
  const { checkFeatures } = await load('lib/mcp/define/check.ts');
  const { findings }: CheckedFeatures = checkFeatures(features);
  for (const { feature, problem, fix, definedAt } of findings) {
    const where = definedAt ? { file: relative(definedAt.file), line: definedAt.line } : { file: list };
    note({ ...where, problem: `${feature}: ${problem}`, fix });
  }
}

/** Checks the skills as they would be served, and that no folder was forgotten. */
async function checkSkillList(): Promise<void> {
  const { skills } = await load(skillList);
  const { checkSkills } = await load(skillRules);
  const findings: { skill: string; problem: string; fix: string }[] = await checkSkills(skills);
  for (const { skill, problem, fix } of findings)
    note({ file: skillList, problem: `${skill}: ${problem}`, fix });
  const listed = skills.map(({ folder }: SkillFolder) => relative(join(fileURLToPath(folder), 'SKILL.md')));
  for (const file of globSync('lib/skills/*/SKILL.md', { cwd: root }))
    if (!listed.includes(file))
      note({ file, problem: 'The skill is not served.', fix: `Add its folder to the list in ${skillList}.` });
}

function problemOf(error: unknown): ProjectProblem {
  if (!(error instanceof Error))
    return { problem: `A file throws ${String(error)} while it loads.`, fix: '' };
  const { message, name, stack = '' } = error;
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'ERR_MODULE_NOT_FOUND') return missingModule(message);
  const [, syntaxFile, syntaxLine] = /^((?:file:\/\/)?\/[^\n]+):(\d+)\n/.exec(stack) ?? [];
  if (syntaxFile && error instanceof SyntaxError)
    return {
      file: relative(syntaxFile),
      line: Number(syntaxLine),
      problem: message,
      fix: syntaxFix(code, message),
    };
  const frame = stack
    .split('\n')
    .map((line) => /(file:\/\/[^)]+?):(\d+):\d+\)?$/.exec(line))
    .find(
      (match) => match?.[1]?.startsWith(pathToFileURL(root).href) && !match[1].includes('/node_modules/'),
    );
  return {
    ...(frame && { file: relative(frame[1] ?? ''), line: Number(frame[2]) }),
    problem: `${name}: ${message}`,
    fix: 'The file throws while it loads. Do nothing at the top of a file that can fail.',
  };
}

function syntaxFix(code: string, message: string): string {
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX')
    return 'Types are erased, so there are no enums, namespaces or parameter properties. Write plain values.';
  return message.includes('does not provide an export')
    ? 'Export it there, or correct the import.'
    : 'Correct the syntax here or just above.';
}

/** Node names the two files, but not the line of the import. */
function missingModule(message: string): ProjectProblem {
  const [, missing = '', importer = ''] =
    /^Cannot find (?:module|package) '([^']+)' imported from (.+)$/.exec(message) ?? [];
  const fix = missing.startsWith('/')
    ? 'Create the file, or correct the import. Imports end in .ts.'
    : `Install it with npm install ${missing}, or correct the import.`;
  const problem = `Cannot find ${missing.startsWith('/') ? relative(missing) : `the package ${missing}`}.`;
  if (!importer) return { problem: message, fix };
  const target = missing.split('/').at(-1) ?? '';
  const line = readFileSync(importer, 'utf8')
    .split('\n')
    .findIndex((each) => /\b(?:from|import)\b/.test(each) && each.includes(target));
  return { file: relative(importer), ...(line >= 0 && { line: line + 1 }), problem, fix };
}

function relative(file: string): string {
  const path = file.startsWith('file:') ? fileURLToPath(file) : file;
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
}
