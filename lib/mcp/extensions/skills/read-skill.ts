import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SkillFolder } from '../../define/skill.ts';
import { type Frontmatter, frontmatterOf } from './frontmatter.ts';
import { mediaTypeOf } from './media-type.ts';

/** What every host accepts (the specification's limits on a skill). */
const maxFiles = 512;
const maxBytes = 16 * 1024 * 1024;
/** A file is answered whole, as base64 if it is no text, and a function's response has at most 4.5 MB. */
const maxFileBytes = 3 * 1024 * 1024;

/** A file as it is served. */
export type SkillFile = { uri: string; name: string; mimeType: string; bytes: Buffer; isText: boolean };

/** An entry of `skills/list`. `resources` names every file, with the SHA-256 digest of its bytes and its size in bytes. */
export type SkillEntry = {
  uri: string;
  frontmatter: Frontmatter;
  resources: { uri: string; digest: string; size: number }[];
};

/** A skill in memory, so that the digests are those of the bytes that are served. */
export type ReadSkill = { entry: SkillEntry; files: Map<string, SkillFile> };

/** The URI of a skill's folder, without a slash at the end. */
export function skillRoot({ folder }: SkillFolder): string {
  return `skill://${basename(fileURLToPath(folder))}`;
}

/**
 * Reads a skill and checks it against the rules of the Agent Skills format and of the extension.
 *
 * @throws Error that says what is wrong
 */
export async function readSkill(skill: SkillFolder): Promise<ReadSkill> {
  const root = skillRoot(skill);
  const files = new Map<string, SkillFile>();
  let left = maxBytes;
  for (const path of await filesIn(fileURLToPath(skill.folder))) {
    const bytes = await readFile(join(fileURLToPath(skill.folder), path));
    left -= bytes.length;
    if (bytes.length > maxFileBytes) throw new Error(`${path} has more than 3 MiB.`);
    if (left < 0) throw new Error('Its files have more than 16 MiB.');
    const uri = `${root}/${path.split('/').map(encodeURIComponent).join('/')}`;
    const isText = isUtf8(bytes) && !bytes.includes(0);
    files.set(uri, { uri, name: basename(path), mimeType: mediaTypeOf(path, isText), bytes, isText });
  }
  const uri = `${root}/SKILL.md`;
  const main = files.get(uri);
  if (!main?.isText) throw new Error('It has no SKILL.md, or one that is not UTF-8.');
  const frontmatter = await frontmatterOf(main.bytes.toString());
  if (`skill://${frontmatter.name}` !== root)
    throw new Error(`Its name is ${frontmatter.name}, which is not the name of its folder.`);
  const resources = [...files.values()].map(({ uri, bytes }) => ({
    uri,
    digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
    size: bytes.length,
  }));
  return { entry: { uri, frontmatter, resources }, files };
}

/** The paths of a folder's files, with slashes, sorted. Hidden files are left out. Links are refused: they may lead outside. */
async function filesIn(folder: string, inside = ''): Promise<string[]> {
  const paths: string[] = [];
  for (const entry of await readdir(join(folder, inside), { withFileTypes: true })) {
    const path = inside + entry.name;
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) paths.push(...(await filesIn(folder, `${path}/`)));
    else if (entry.isFile()) paths.push(path);
    else throw new Error(`${path} is not a regular file.`);
    if (paths.length > maxFiles) throw new Error(`It has more than ${maxFiles} files.`);
  }
  return paths.sort();
}
