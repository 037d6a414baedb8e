import type { Scope } from '../../scopes.ts';

/** A skill that the server offers: instructions for a model, as a folder in the Agent Skills format. */
export type SkillFolder = {
  /** The folder that contains `SKILL.md`. Its last segment is the skill's name. */
  folder: URL;
  /** What the caller must have been granted. For all others the skill does not exist. */
  scopes: Scope[];
};
