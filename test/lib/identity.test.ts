import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { identityProblems } from '../../lib/identity.ts';
import type { Identity } from '../../lib/mcp/define/identity.ts';
import { identity } from '../../lib/tools/identity.ts';
import { brand } from '../support/branded-server.ts';

const png = 'data:image/png;base64,iVBORw0KGgo=';
const wrong = (changes: Partial<Identity>) =>
  identityProblems({ name: 'orders', version: '1', ...changes }).map(
    ({ variable }) => variable.split(' ')[0],
  );

describe('an identity is accepted', () => {
  it.each<[string, Partial<Identity>]>([
    ['with name and version alone', {}],
    ['with everything', brand as Identity],
    ['with a logo inside', { logo: png }],
    ['with a logo in a folder', { logo: '/brand/logo-2.dark.svg' }],
    ['with any letters in its names', { name: 'Orders & refunds', title: '注文 „Acme“' }],
    [
      'with links to its own pages',
      { links: { documentation: '/', privacy: '/privacy', terms: '/terms.html' } },
    ],
    ['with a mail address for support', { links: { support: 'mailto:help+orders@acme.example.com' } }],
    ['with an upper-case color', { accentColor: '#FFD400' }],
  ])('%s', (_, changes) => {
    expect(wrong(changes)).toEqual([]);
  });
});

describe('an identity is refused, and the member is named', () => {
  const link = 'https://acme.example.com';
  it.each<[string, Partial<Identity>, string]>([
    ['an empty name', { name: ' ' }, 'name'],
    ['a line break in the title', { title: 'Acme\nOrders' }, 'title'],
    ['a title of 101 characters', { title: 'x'.repeat(101) }, 'title'],
    ['an empty description', { description: '' }, 'description'],
    ['a logo of another site', { logo: `${link}/logo.svg` }, 'logo'],
    ['a logo of another site, without its scheme', { logo: '//acme.example.com/logo.svg' }, 'logo'],
    [
      'a logo with a backslash, which browsers read as a slash',
      { logo: '/\\acme.example.com/logo.svg' },
      'logo',
    ],
    ['a logo outside of public', { logo: '/../logo.svg' }, 'logo'],
    ['a logo that is a page', { logo: 'data:text/html;base64,PGI+' }, 'logo'],
    ['a logo that is no base64', { logo: 'data:image/svg+xml,<svg/>' }, 'logo'],
    ['a logo of 33 kB inside', { logo: `data:image/png;base64,${'A'.repeat(33_000)}` }, 'logo'],
    ['a registry name without a domain', { registryName: 'notes' }, 'registryName'],
    ['a registry name with two slashes', { registryName: 'com.example/my/notes' }, 'registryName'],
    ['a color by name', { accentColor: 'red' }, 'accentColor'],
    ['a color that closes the rule', { accentColor: '#fff}*{a:b' }, 'accentColor'],
    ['a short color', { accentColor: '#fff' }, 'accentColor'],
    ['plain http', { links: { support: 'http://acme.example.com' } }, 'links.support'],
    ['a script', { links: { privacy: 'javascript:alert(1)' } }, 'links.privacy'],
    ['an address without scheme', { links: { terms: 'acme.example.com' } }, 'links.terms'],
    ['an address without slashes', { links: { terms: 'https:acme.example.com' } }, 'links.terms'],
    ['a backslash', { links: { terms: 'https://\\acme.example.com' } }, 'links.terms'],
    ['a line break', { links: { terms: `${link}\n` } }, 'links.terms'],
    ['a password', { links: { documentation: 'https://a:b@acme.example.com' } }, 'links.documentation'],
    ['a path that is another host', { links: { privacy: '//acme.example.com/privacy' } }, 'links.privacy'],
    ['a path out of the server', { links: { privacy: '/../privacy' } }, 'links.privacy'],
    ['a mail address as policy', { links: { privacy: 'mailto:help@acme.example.com' } }, 'links.privacy'],
    ['a mail with a subject', { links: { support: 'mailto:a@acme.example.com?subject=b' } }, 'links.support'],
    ['an empty example', { examples: [' '] }, 'examples'],
    ['an operator of two lines', { operator: 'Acme\nInc.' }, 'operator'],
    ['an endless sentence', { storedData: ['x'.repeat(501)] }, 'storedData'],
    ['a website on plain http', { websiteUrl: 'http://acme.example.com' }, 'websiteUrl'],
    ['an icon of another site', { icons: [{ src: `${link}/icon.png` }] }, 'icons[0].src'],
    [
      'an icon that is no image',
      { icons: [{ src: png }, { src: png, mimeType: 'text/html' }] },
      'icons[1].mimeType',
    ],
    ['an icon of an odd size', { icons: [{ src: png, sizes: ['48'] }] }, 'icons[0].sizes'],
  ])('%s', (_, changes, member) => {
    expect(wrong(changes)).toEqual([member]);
  });
});

describe('the identity in lib/tools/identity.ts', () => {
  it('has no problems', () => {
    expect(identityProblems(identity)).toEqual([]);
  });

  it('names only files that are in public/', () => {
    const images = [identity.logo, ...(identity.icons ?? []).map(({ src }) => src)];
    const files = images.filter((image) => image?.startsWith('/'));
    expect(files.filter((file) => !existsSync(new URL(`../../public${file}`, import.meta.url)))).toEqual([]);
  });
});
