import { ResourceTemplate } from '@modelcontextprotocol/server';
import type { Feature } from '../../../lib/mcp/define/feature.ts';
import { pixel } from './samples.ts';

/** The resources that the conformance suite reads. */
export const resources: Feature = {
  kind: 'sdk',
  register: (server) => {
    const text = (name: string, uri: string, content: string) =>
      server.registerResource(name, uri, { description: name, mimeType: 'text/plain' }, () => ({
        contents: [{ uri, mimeType: 'text/plain', text: content }],
      }));
    text('static-text', 'test://static-text', 'This is the content of the static text resource.');
    text('watched-resource', 'test://watched-resource', 'Watched.');
    server.registerResource(
      'static-binary',
      'test://static-binary',
      { description: 'A pixel.', mimeType: 'image/png' },
      () => ({ contents: [{ uri: 'test://static-binary', mimeType: 'image/png', blob: pixel }] }),
    );
    server.registerResource(
      'template',
      new ResourceTemplate('test://template/{id}/data', { list: undefined }),
      { description: 'Data by id.', mimeType: 'application/json' },
      (uri, { id }) => ({
        contents: [
          {
            uri: uri.href,
            mimeType: 'application/json',
            text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
          },
        ],
      }),
    );
  },
};
