import { errorFields, log } from '../../../log.ts';
import { satisfies } from '../../../scope-rules.ts';
import type { SkillFolder } from '../../define/skill.ts';
import { type ReadSkill, readSkill, type SkillFile, skillRoot } from './read-skill.ts';

/** Read once for each process: a deployment's files do not change. */
let reading: Promise<ServedSkill[]> | undefined;

type ServedSkill = ReadSkill & { root: string; scopes: SkillFolder['scopes'] };

/** The skills that a caller with these scopes may use. An invalid one is left out, so that the others are served. */
export async function skillsFor(folders: readonly SkillFolder[], scopes: readonly string[]) {
  reading ??= readAll(folders);
  return (await reading).filter((skill) => satisfies(scopes, skill.scopes));
}

async function readAll(folders: readonly SkillFolder[]): Promise<ServedSkill[]> {
  const read = await Promise.all(
    folders.map(async (each) => {
      const root = skillRoot(each);
      try {
        return [{ ...(await readSkill(each)), root, scopes: each.scopes }];
      } catch (error) {
        log('error', 'skill left out', { skill: root, ...errorFields(error) });
        return [];
      }
    }),
  );
  return read.flat();
}

/** Metadata of a file or folder: a `Resource` of the protocol. */
type Child = { uri: string; name: string; mimeType: string; size?: number; description?: string };

/** The direct children of a folder of a skill. Undefined if the URI is not that of a folder. */
export function childrenOf(skills: ServedSkill[], uri: string): Child[] | undefined {
  const children = new Map<string, Child>();
  for (const { root, entry, files } of skills) {
    if (uri !== root && !uri.startsWith(`${root}/`)) continue;
    for (const file of files.values()) {
      if (!file.uri.startsWith(`${uri}/`)) continue;
      const [segment = '', ...below] = file.uri.slice(uri.length + 1).split('/');
      const child = `${uri}/${segment}`;
      children.set(
        child,
        below.length
          ? { uri: child, name: decodeURIComponent(segment), mimeType: 'inode/directory' }
          : fileMetadata(file, entry),
      );
    }
  }
  return children.size ? [...children.values()] : undefined;
}

function fileMetadata({ uri, name, mimeType, bytes }: SkillFile, entry: ReadSkill['entry']): Child {
  const described = uri === entry.uri ? entry.frontmatter : undefined;
  return {
    uri,
    name: described?.name ?? name,
    mimeType,
    size: bytes.length,
    ...(described && { description: described.description }),
  };
}
