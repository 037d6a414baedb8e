import { isScope } from '../../../scope-rules.ts';
import type { SkillFolder } from '../../define/skill.ts';
import { readSkill, skillRoot } from './read-skill.ts';

/** What is wrong with a skill, and what to do. */
export type SkillFinding = { skill: string; problem: string; fix: string };

/** Checks a server's list of skills as they would be served. An invalid skill is not served; the others are. */
export async function checkSkills(skills: readonly SkillFolder[]): Promise<SkillFinding[]> {
  const findings: SkillFinding[] = [];
  const seen = new Set<string>();
  for (const each of skills) {
    const skill = skillRoot(each);
    const note = (problem: string, fix: string) => findings.push({ skill, problem, fix });
    if (seen.has(skill))
      note('The list has another skill with this name.', 'Remove one of them, or rename it.');
    seen.add(skill);
    for (const scope of each.scopes.filter((scope) => !isScope(scope)))
      note(
        `It needs the scope ${scope}, which lib/scopes.ts does not define, so nobody can use it.`,
        'Add the scope to lib/scopes.ts, or use another one.',
      );
    await readSkill(each).catch((error: Error) =>
      note(error.message, 'Correct it. The rules are at agentskills.io/specification.'),
    );
  }
  return findings;
}
