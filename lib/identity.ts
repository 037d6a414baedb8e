import type { ConfigProblem } from './environment.ts';
import type { Icon, Identity } from './mcp/define/identity.ts';
import { identity as stated } from './tools/identity.ts';

/** Longest `data:` URI: the logo is part of every page, and icons are part of the first answer to a client. */
const maxDataCharacters = 32_768;
const maxNameCharacters = 100;

const rules = {
  name: `Set it to 1 to ${maxNameCharacters} characters without line breaks.`,
  registryName:
    'Set it to a reversed domain, a slash and a name, such as com.example/notes, of at most 200 characters in all.',
  link: 'Set it to a URL that begins with https://, without user name and password.',
  ownLink:
    'Set it to a URL that begins with https://, without user name and password, or to a path on this server, such as /privacy.',
  contact:
    'Set it to a URL that begins with https://, to a path on this server, or to an address such as mailto:help@example.com.',
  sentences: 'Write each as a sentence of at most 500 characters.',
  image: `Set it to the path of a file in public/, such as /logo.svg, or to a data: URI with an image in base64 of at most ${maxDataCharacters} characters. Other addresses are refused: pages load nothing from elsewhere.`,
  color: 'Set it to a color as #rrggbb, such as #2250c9.',
  mimeType: 'Set it to an image type, such as image/png.',
  sizes: 'Set each to width and height, such as 48x48, or to any.',
};

/** What is wrong with an identity: which member, and what to do. Empty if nothing is. */
export function identityProblems(identity: Identity): ConfigProblem[] {
  const {
    name,
    version,
    registryName,
    title,
    description,
    websiteUrl,
    logo,
    accentColor,
    icons = [],
    examples = [],
    operator,
    storedData = [],
    links = {},
  } = identity;
  const checks: [member: string, right: boolean, fix: string][] = [
    ['name', isName(name), rules.name],
    ['version', isName(version), rules.name],
    ['registryName', registryName === undefined || isRegistryName(registryName), rules.registryName],
    ['title', title === undefined || isName(title), rules.name],
    [
      'description',
      description === undefined || description.trim() !== '',
      'Write a sentence, or remove it.',
    ],
    ['websiteUrl', websiteUrl === undefined || isLink(websiteUrl), rules.link],
    ['logo', logo === undefined || isImage(logo), rules.image],
    ['accentColor', accentColor === undefined || /^#[\da-f]{6}$/i.test(accentColor), rules.color],
    ['examples', examples.every(isSentence), rules.sentences],
    ['operator', operator === undefined || isName(operator), rules.name],
    ['storedData', storedData.every(isSentence), rules.sentences],
    ...Object.entries(links).map(([member, url]): [string, boolean, string] => [
      `links.${member}`,
      url === undefined || isLink(url) || isPath(url) || (member === 'support' && isMailAddress(url)),
      member === 'support' ? rules.contact : rules.ownLink,
    ]),
    ...icons.flatMap((icon, index) => iconChecks(icon, `icons[${index}]`)),
  ];
  return checks
    .filter(([, right]) => !right)
    .map(([member, , fix]) => ({ variable: `${member} in lib/tools/identity.ts`, fix }));
}

function iconChecks({ src, mimeType, sizes = [] }: Icon, member: string): [string, boolean, string][] {
  return [
    [`${member}.src`, isImage(src), rules.image],
    [`${member}.mimeType`, mimeType === undefined || /^image\/[\w.+-]+$/.test(mimeType), rules.mimeType],
    [`${member}.sizes`, sizes.every((size) => /^(?:\d{1,5}x\d{1,5}|any)$/.test(size)), rules.sizes],
  ];
}

function isName(text: string): boolean {
  return text.trim() !== '' && text.length <= maxNameCharacters && !/\p{Cc}/u.test(text);
}

/** The `name` of a server card, and of a registry's server.json. */
function isRegistryName(text: string): boolean {
  return text.length <= 200 && /^[a-zA-Z\d.-]+\/[\w.-]+$/.test(text);
}

/** With both slashes: in a page, browsers read `https:example.com` as a path on our own origin. */
function isLink(text: string): boolean {
  const url = /^https:\/\/[^\s\\]+$/.test(text) ? URL.parse(text) : null;
  return url !== null && !url.username && !url.password;
}

/** A path on our own origin, without query and fragment. */
function isPath(text: string): boolean {
  return text === '/' || isFilePath(text);
}

function isFilePath(text: string): boolean {
  return /^(?:\/[\w-][\w.-]*)+$/.test(text);
}

function isMailAddress(text: string): boolean {
  return text.length <= 260 && /^mailto:[\w.+-]+@[\w-]+(?:\.[\w-]+)+$/.test(text);
}

function isSentence(text: string): boolean {
  return text.trim() !== '' && text.length <= 500 && !/\p{Cc}/u.test(text);
}

/** A path on our own origin, or the image itself (the MCP specification asks for base64). */
function isImage(text: string): boolean {
  if (isFilePath(text)) return true;
  return (
    text.length <= maxDataCharacters &&
    /^data:image\/(?:png|jpeg|webp|gif|svg\+xml);base64,[A-Za-z\d+/]+={0,2}$/.test(text)
  );
}

/** What is wrong with this server's identity. While anything is, every endpoint answers 503 and names it. */
export const problemsOfIdentity: readonly ConfigProblem[] = identityProblems(stated);

/** This server's identity. What pages need beyond the names is left out while anything is wrong with it. */
export const identity: Identity = problemsOfIdentity.length
  ? { name: String(stated.name), version: String(stated.version) }
  : stated;

/** A link of the identity as a URL: some are paths on this server. */
export function linkAt(origin: string, link: string | undefined): string | undefined {
  return link?.startsWith('/') ? origin + link : link;
}

/** What people call this server. */
export const serverTitle = identity.title ?? identity.name;
