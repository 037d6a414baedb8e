import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { axeFindings } from '../support/axe.ts';
import { useChromium } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import { npmStart, type Started } from '../support/npm-start.ts';
import { copyProject, linkPackages, temporaryFolder, writeFiles } from '../support/project-copy.ts';
import { frameOf, showView, untilShownAgain, viewIn } from '../support/view-host.ts';

const newPage = useChromium();

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: Started;
let elsewhere: Server;
let pageUrl = '';

const view = 'lib/tools/bookmark-list/view.html';
const tool = 'lib/tools/bookmark-list/tool.ts';
const files: Record<string, string> = {};

/** The server of docs/writing-tools.md, as a reader would have typed it in, started with `npm start`. */
beforeAll(async () => {
  folder = await temporaryFolder();
  await copyProject(folder.path);
  await linkPackages(folder.path);
  const guide = await readFile(join(folder.path, 'docs/writing-tools.md'), 'utf8');
  for (const [, path = '', code = ''] of guide.matchAll(
    /^```(?:ts|html)\n(?:\/\/|<!--) (lib\/\S+)(?: -->)?\n([\s\S]*?)^```$/gm,
  ))
    files[path] = code;
  await writeFiles(folder.path, files);

  server = await npmStart(folder.path);
  pageUrl = /views of your tools at (\S+)/.exec(server.printed())?.[1] ?? '';

  elsewhere = createServer((_request, response) =>
    response.writeHead(200, { 'access-control-allow-origin': '*' }).end('reached'),
  ).listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
});

afterAll(async () => {
  elsewhere?.close();
  await server?.close();
  await folder?.remove();
});

it('npm start shows the view of the guide, anew when it is saved, with the policy that it declares', async () => {
  expect(Object.keys(files)).toEqual(expect.arrayContaining([view, tool, 'lib/tools/index.ts']));
  const {
    page,
    view: shown,
    complaints,
  } = await showView(await newPage(), pageUrl, { tool: 'show_bookmarks' });
  expect(await axeFindings(page)).toEqual([]);
  await shown.getByRole('button', { name: 'Add the documentation' }).click();
  await shown.getByText('Added bookmark://').waitFor();

  const changed = (files[view] ?? '').replace('Add the documentation', 'Add it');
  await untilShownAgain(page, () => writeFiles(folder.path, { [view]: changed }));
  await shown.getByRole('button', { name: 'Add it' }).waitFor();
  await shown.getByRole('listitem').filter({ hasText: 'MCP' }).waitFor();
  expect(complaints).toEqual([]);

  const { port } = elsewhere.address() as AddressInfo;
  const [allowed, refused] = [`http://127.0.0.1:${port}`, `http://localhost:${port}`];
  const reach = async (url: string) =>
    (await frameOf(viewIn(page))).evaluate(
      (target) =>
        fetch(target).then(
          (response) => response.text(),
          () => 'refused',
        ),
      url,
    );
  expect(await reach(allowed)).toBe('refused');
  const declared = `view: { csp: { connectDomains: ['${allowed}'] }, `;
  const declaring = (files[tool] ?? '').replace('view: { ', declared);
  await untilShownAgain(page, () => writeFiles(folder.path, { [tool]: declaring }));
  expect(await reach(allowed)).toBe('reached');
  expect(await reach(refused)).toBe('refused');
});

it('a view that cannot be bundled, or fails, is shown again once it is right', async () => {
  const { page, view: shown } = await showView(await newPage(), pageUrl, { tool: 'show_bookmarks' });
  const button = shown.getByRole('button', { name: 'Add the documentation' });
  await untilShownAgain(page, () => writeFiles(folder.path, files));
  await button.waitFor();

  const script = 'lib/tools/bookmark-list/view.ts';
  await writeFiles(folder.path, { [script]: 'const broken = ;\n' });
  await eventually(() =>
    expect(server.printed()).toMatch(/bookmark-list cannot be bundled[\s\S]*view\.ts:1:15/),
  );
  await button.waitFor();

  await writeFiles(folder.path, { [script]: "throw new Error('broken');\n" });
  await page.getByText('Waiting for the view of show_bookmarks').waitFor();
  await untilShownAgain(page, () => writeFiles(folder.path, { [script]: files[script] ?? '' }));
  await button.waitFor();
});
