import { EXTENSION_ID, RESOURCE_MIME_TYPE } from '@modelcontextprotocol/ext-apps/server';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { apps, viewMimeType } from '../../../../lib/mcp/extensions/apps/extension.ts';
import { identity } from '../../../../lib/tools/identity.ts';
import { accessToken, other } from '../../../support/access-token.ts';
import { type JsonRpc, modern, poster, rawClient, request } from '../../../support/mcp-request.ts';
import { useStack } from '../../../support/stack.ts';

// As deployed: the document must be among the files that the builder traced.
const stack = useStack({ built: true, instances: 3 });

const declaring = (mimeTypes: unknown) => ({ extensions: { [EXTENSION_ID]: { mimeTypes } } });
const viewUri = `ui://${identity.name}/notes_board`;

type Send = (method: string, params?: Record<string, unknown>) => Promise<JsonRpc>;

/** A client of the era, with these capabilities. */
const eras: [string, (capabilities: Record<string, unknown>) => Promise<Send>][] = [
  [
    'modern',
    async (capabilities) => {
      const post = poster(stack(), await accessToken(stack()));
      return async (method, params) => (await post(...modern(method, params, capabilities))).last;
    },
  ],
  [
    'legacy',
    async (capabilities) => {
      const client = rawClient(stack(), await accessToken(stack()));
      await client.initialize(capabilities);
      return async (method, params) => (await client.send(request(method, params))).last;
    },
  ],
];

const toolList = z.object({
  tools: z.array(z.object({ name: z.string(), _meta: z.unknown().optional() })),
});
const viewsOf = async (send: Send) =>
  toolList.parse((await send('tools/list')).result).tools.filter(({ _meta }) => _meta !== undefined);

describe.each(eras)('a tool with a view, %s', (_era, connect) => {
  it('points a client that shows views to its view, and serves it with its policy', async () => {
    const send = await connect(declaring([RESOURCE_MIME_TYPE]));
    expect(await viewsOf(send)).toEqual([{ name: 'notes_board', _meta: { ui: { resourceUri: viewUri } } }]);

    const ui = { csp: {}, prefersBorder: true };
    expect((await send('resources/list')).result?.resources).toContainEqual(
      expect.objectContaining({ uri: viewUri, mimeType: RESOURCE_MIME_TYPE, _meta: { ui } }),
    );
    const { result } = await send('resources/read', { uri: viewUri });
    expect(result?.contents).toEqual([
      {
        uri: viewUri,
        mimeType: RESOURCE_MIME_TYPE,
        text: expect.stringMatching(/^<!doctype html>/),
        _meta: { ui },
      },
    ]);
  });

  it.each([
    ['that declares nothing', {}],
    ['that shows other media types', declaring(['text/html'])],
    ['whose declaration is wrong', declaring(RESOURCE_MIME_TYPE)],
  ])('is a tool like any other for a client %s', async (_client, capabilities) => {
    const send = await connect(capabilities);
    expect(await viewsOf(send)).toEqual([]);
    expect(JSON.stringify((await send('resources/list')).result)).not.toContain('ui://');
    expect((await send('resources/read', { uri: viewUri })).error).toMatchObject({
      message: expect.stringMatching(/not found/i),
    });
  });

  it('answers both kinds of client alike', async () => {
    const params = { name: 'notes_board', arguments: {} };
    const answers = [await connect({}), await connect(declaring([RESOURCE_MIME_TYPE]))].map((send) =>
      send('tools/call', params),
    );
    const [without, withViews] = (await Promise.all(answers)).map(({ result }) => result);
    expect(withViews).toEqual(without);
    expect(without).toMatchObject({ structuredContent: { query: '', leftOut: 0, canChange: true } });
  });
});

it('is served to a client that has been granted nothing, because the view holds nothing of a user', async () => {
  const post = poster(stack(), await accessToken(stack(), { user: other, scope: 'openid' }));
  const read = modern('resources/read', { uri: viewUri }, declaring([RESOURCE_MIME_TYPE]));
  expect((await post(...read)).last.result?.contents).toHaveLength(1);
});

it('goes by the names that the official package gives', () => {
  expect(apps.identifier).toBe(EXTENSION_ID);
  expect(viewMimeType).toBe(RESOURCE_MIME_TYPE);
});
