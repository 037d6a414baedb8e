import { defineResource } from '../mcp/define/resource.ts';
import { allNotes, notebook, noteUri } from './notebook.ts';

export const noteResource = defineResource({
  name: 'note',
  title: 'Note',
  description: "One of the user's notes.",
  scopes: ['mcp:read'],
  uriTemplate: 'note://{id}',
  mimeType: 'text/markdown',
  list: async (call) =>
    (await allNotes(call)).map(([id, { title, createdAt }]) => ({
      uri: noteUri(id),
      name: title,
      mimeType: 'text/markdown',
      annotations: { lastModified: createdAt },
    })),
  read: async (uri, { id = '' }, call) => {
    const note = await notebook(call).get(id);
    if (!note) return undefined;
    return { contents: [{ uri, mimeType: 'text/markdown', text: `# ${note.title}\n\n${note.text}` }] };
  },
  complete: {
    id: async (prefix, caller) =>
      (await allNotes(caller)).map(([id]) => id).filter((id) => id.startsWith(prefix)),
  },
});
