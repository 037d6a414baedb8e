import type { SkillFolder } from '../mcp/define/skill.ts';

/**
 * Every skill of this server. A new skill is a folder with a `SKILL.md` and one line here. Write the URL as it is written
 * here: a deployment contains the folders that are named in this way.
 */
export const skills: readonly SkillFolder[] = [
  { folder: new URL('./working-with-notes/', import.meta.url), scopes: ['mcp:read'] },
];
