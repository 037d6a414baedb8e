import { fileURLToPath } from 'node:url';
import type { BrowserContextOptions } from 'playwright-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { accessToken } from '../support/access-token.ts';
import { axeFindings } from '../support/axe.ts';
import { eventually } from '../support/eventually.ts';
import { modern, poster, textOf } from '../support/mcp-request.ts';
import { useStack } from '../support/stack.ts';
import { storeCommand } from '../support/store-command.ts';
import { type ShowOptions, untilShownAgain, useViewHost } from '../support/view-host.ts';

const stack = useStack({ instances: 3 });
const showTool = useViewHost(stack);
const show = (options: Omit<ShowOptions, 'tool'> = {}) => showTool({ tool: 'notes_board', ...options });

let token: string;
beforeAll(async () => {
  token = await accessToken(stack());
});

/** Calls a tool as the same user in another client. */
async function elsewhere(name: string, args: Record<string, unknown> = {}): Promise<string> {
  return textOf(await poster(stack(), token)(...modern('tools/call', { name, arguments: args })));
}

beforeEach(async () => {
  await storeCommand(stack(), ['FLUSHALL']);
  await elsewhere('add_note', { title: 'Groceries', text: 'Milk and bread' });
  await elsewhere('add_note', { title: 'Talk outline', text: '1. Why views\n2. One document\n3. Questions' });
});

afterEach(() => {
  stack().store.faults.outage = 'none';
});

const looks: [string, BrowserContextOptions][] = [
  ['light', { viewport: { width: 1000, height: 700 } }],
  ['dark', { viewport: { width: 1000, height: 700 }, colorScheme: 'dark' }],
  ['phone', { viewport: { width: 390, height: 844 } }],
];

// Each test loads a page, a frame in a frame, and the official library in both: seconds on a busy machine.
describe('the notes board in a host with the official bridge', () => {
  it('shows the notes of the user who signed in, as text, without a complaint of the browser', async () => {
    const markup = '<img src=x onerror=alert(1)>';
    await elsewhere('add_note', { title: markup, text: markup });
    const { view, complaints } = await show();
    await view.getByText('3 notes.').waitFor();
    const titles = await view.getByRole('heading', { level: 2 }).allTextContents();
    expect(titles.sort()).toEqual([markup, 'Groceries', 'Talk outline']);
    expect(complaints).toEqual([]);
  });

  it.each(looks)('%s: axe finds nothing, and nothing is wider than the screen', async (look, browser) => {
    await elsewhere('add_note', { title: 'Books to read', text: 'The Dispossessed\nPiranesi' });
    const { page, view, frame } = await show({ browser });
    await view.getByRole('button', { name: 'Edit “Groceries”' }).click();
    await view.getByRole('button', { name: 'Delete “Talk outline”' }).click();
    await view.getByText('Delete this note permanently?').waitFor();
    expect(await axeFindings(frame)).toEqual([]);
    expect(await frame.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
    if (process.env.UPDATE_SCREENSHOTS) {
      await view.getByRole('button', { name: 'Keep' }).click();
      const path = fileURLToPath(new URL(`../../docs/notes-board-${look}.png`, import.meta.url));
      await page.locator('#frame').screenshot({ path });
    }
  });

  it('searches in place', async () => {
    const { view } = await show();
    await view.getByLabel('Search notes').fill('BREAD milk');
    await view.getByText('1 note.').waitFor();
    expect(await view.getByRole('heading', { level: 2 }).allTextContents()).toEqual(['Groceries']);
    await view.getByLabel('Search notes').fill('absent');
    await view.getByText('No notes.').waitFor();
  });

  it('edits a note in place, with the keyboard alone', async () => {
    const { page, view } = await show();
    await view.getByRole('button', { name: 'Edit “Groceries”' }).focus();
    await page.keyboard.press('Enter');
    await eventually(async () => expect(await view.locator(':focus').getAttribute('id')).toBe('edit-title'));
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.type('Shopping');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ControlOrMeta+End');
    await page.keyboard.type(', eggs');
    await page.keyboard.press('Control+Enter');
    await view.getByText('Changed "Shopping".').waitFor();
    await eventually(async () =>
      expect(await view.locator(':focus').getAttribute('aria-label')).toBe('Edit “Shopping”'),
    );
    expect(await elsewhere('search_notes', { query: 'shopping' })).toContain('Milk and bread, eggs');
  });

  it('leaves a note alone that is edited without a title, or not saved', async () => {
    const { page, view } = await show();
    await view.getByRole('button', { name: 'Edit “Groceries”' }).click();
    await view.getByLabel('Title').fill(' ');
    await page.keyboard.press('Enter');
    await view.getByText('Enter a title.').waitFor();
    await page.keyboard.press('Escape');
    await view.getByRole('heading', { name: 'Groceries' }).waitFor();
    expect(await elsewhere('list_notes')).toContain('Groceries');
  });

  it.each([
    ['2026-07-28', 'auto'],
    ['2025-11-25', 'legacy'],
  ] as const)(
    'deletes a note in place, asking itself because this client cannot, %s',
    async (revision, era) => {
      const { page, view } = await show({ era });
      await page.getByText(`revision ${revision}`).waitFor();
      await view.getByRole('button', { name: 'Delete “Groceries”' }).click();
      await view.getByRole('button', { name: 'Keep' }).click();
      expect(await elsewhere('list_notes')).toContain('Groceries');

      await view.getByRole('button', { name: 'Delete “Groceries”' }).click();
      await eventually(async () => expect(await view.locator(':focus').textContent()).toBe('Keep'));
      await view.getByRole('button', { name: 'Delete', exact: true }).click();
      await view.getByText('Deleted "Groceries".').waitFor();
      expect(await view.getByRole('heading', { level: 2 }).allTextContents()).toEqual(['Talk outline']);
      expect(await elsewhere('list_notes')).not.toContain('Groceries');
    },
  );

  it('only reads, and says so, if that is all the user granted', async () => {
    const { view } = await show({ untick: ['mcp:write'] });
    await view.getByText('2 notes. This app may read your notes but not change them.').waitFor();
    expect(await view.getByRole('button').count()).toBe(0);
  });

  it('keeps what the user is typing when a new result arrives, and when saving fails', async () => {
    const { page, view } = await show();
    await view.getByRole('button', { name: 'Edit “Groceries”' }).click();
    await view.getByLabel('Text').fill('Half a sentence');
    await elsewhere('add_note', { title: 'Third', text: '' });
    await view.getByLabel('Search notes').fill('r');
    await view.getByRole('heading', { name: 'Third' }).waitFor();
    expect(await view.getByLabel('Text').inputValue()).toBe('Half a sentence');

    stack().store.faults.outage = 'refused';
    await view.getByRole('button', { name: 'Save' }).click();
    await view.getByText('The storage behind this tool is unavailable right now.').waitFor();
    expect(await view.getByLabel('Text').inputValue()).toBe('Half a sentence');
    expect(page.isClosed()).toBe(false);
  });

  it('says why there is nothing to show if the tool fails', async () => {
    const { page, view } = await show();
    stack().store.faults.outage = 'refused';
    await untilShownAgain(page, () => page.getByRole('button', { name: 'Call' }).click());
    await view.getByRole('alert').filter({ hasText: 'unavailable' }).waitFor();
    expect(await view.getByRole('heading', { level: 2 }).count()).toBe(0);
  });

  it('takes over the theme of its client, at the start and later', async () => {
    const { page, view, frame } = await show({ browser: { colorScheme: 'light' } });
    const background = () => frame.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(await background()).toBe('rgb(255, 255, 255)');
    await page.getByLabel('Theme').selectOption('Dark');
    await view.locator('[data-theme="dark"]').waitFor();
    expect(await background()).toBe('rgb(28, 28, 30)');
  });

  it('reaches nothing but its client', async () => {
    const { frame } = await show();
    const blocked = await frame.evaluate(async (url) => {
      const violations: string[] = [];
      document.addEventListener('securitypolicyviolation', (event) =>
        violations.push(event.effectiveDirective),
      );
      await fetch(url).catch(() => {});
      const image = Object.assign(new Image(), { src: url });
      await image.decode().catch(() => {});
      // The events come after the failures.
      await new Promise((resolve) => setTimeout(resolve, 100));
      return { violations, origin: self.origin };
    }, stack().serverUrl);
    expect(blocked).toEqual({ violations: ['connect-src', 'img-src'], origin: 'null' });
  });
});
