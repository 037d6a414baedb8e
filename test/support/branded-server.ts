import { afterAll, beforeAll } from 'vitest';
import { type Stack, startStack } from '../../dev/stack.ts';
import { copyProject, linkPackages, temporaryFolder, writeFiles } from './project-copy.ts';

/** Everything that an owner can say about a server. The accent color cannot be read on white as it is. */
export const brand = {
  name: 'orders',
  version: '7.8.9',
  title: 'Acme Orders',
  description: 'See and refund the orders of your shop.',
  websiteUrl: 'https://acme.example.com/orders',
  icons: [{ src: '/acme.svg', mimeType: 'image/svg+xml', sizes: ['any'] }],
  logo: '/acme.svg',
  accentColor: '#ffd400',
  examples: ['Refund order 7 & tell me what it was.'],
  operator: 'Acme & Sons Inc.',
  storedData: ['Which orders you refunded: for a year.'],
  links: {
    support: 'https://acme.example.com/help',
    privacy: 'https://acme.example.com/privacy',
    terms: 'https://acme.example.com/terms',
    documentation: 'https://acme.example.com/docs',
  },
};

const image =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><title>Acme</title><path d="M0 0h9v9z"/></svg>';

/** Runs a copy of this repository in which `lib/tools/identity.ts` says something else. */
export function useServerWith(identity: Record<string, unknown>): () => Stack {
  let folder: Awaited<ReturnType<typeof temporaryFolder>> | undefined;
  let stack: Stack | undefined;
  beforeAll(async () => {
    folder = await temporaryFolder();
    await copyProject(folder.path);
    await linkPackages(folder.path);
    await writeFiles(folder.path, {
      'lib/tools/identity.ts': `export const identity = ${JSON.stringify(identity)};\n`,
      'public/acme.svg': image,
    });
    stack = await startStack({ root: folder.path, port: 0 });
  });
  afterAll(async () => {
    await stack?.close();
    await folder?.remove();
  });
  return () => {
    if (!stack) throw new Error('The stack did not start');
    return stack;
  };
}
