import {
  App,
  applyDocumentTheme,
  applyHostFonts,
  applyHostStyleVariables,
  type McpUiHostContext,
} from '@modelcontextprotocol/ext-apps';
import type { z } from 'zod';
import type { DefinedTool } from './tool.ts';

type ViewOptions<Output extends z.ZodObject> = {
  /** Names the view to the client. */
  name: string;
  /** The tool's `output`. */
  output: Output;
  /** Shows a result: the one that the view was opened with, and those of later calls of the tool by the model. */
  show(data: z.output<Output>): void;
  /** Shows why there is no result: the tool failed or was cancelled. */
  fail(message: string): void;
};

/** What a call from the view gave: text for people, and the structured content, unparsed. */
export type CallOutcome = { failed: boolean; text: string; structuredContent: unknown };

type AnyTool = DefinedTool<z.ZodObject, z.ZodObject, string>;

export type OpenedView = {
  /**
   * Calls a tool of this server as the user. The client may ask the user first. Never rejects.
   *
   * @example
   * await view.call<typeof addNote>('add_note', { title: 'Milk', text: 'Two bottles' });
   */
  call<Tool extends AnyTool>(name: Tool['name'], args: z.input<Tool['input']>): Promise<CallOutcome>;
};

/**
 * Connects a view to its client. Runs in the view, in a browser: a tool never imports this file. Takes over the client's
 * theme, colors and fonts, and tells it the view's size.
 *
 * @example
 * const view = await openView({
 *   name: 'Dice',
 *   output: rolls,
 *   show: ({ numbers }) => { list.textContent = numbers.join(', '); },
 *   fail: (message) => { list.textContent = message; },
 * });
 */
export async function openView<Output extends z.ZodObject>({
  name,
  output,
  show,
  fail,
}: ViewOptions<Output>): Promise<OpenedView> {
  const app = new App({ name, version: '1' }, { availableDisplayModes: ['inline', 'fullscreen'] });
  app.addEventListener('toolresult', (result) => {
    const { failed, text, structuredContent } = outcomeOf(result);
    const parsed = output.safeParse(structuredContent);
    if (parsed.success && !failed) show(parsed.data);
    else fail(text || 'The result cannot be shown here.');
  });
  app.addEventListener('toolcancelled', ({ reason }) => fail(reason ?? 'The call was cancelled.'));
  app.addEventListener('hostcontextchanged', applyContext);
  app.onteardown = () => ({});
  await app.connect();
  applyContext(app.getHostContext() ?? {});
  return {
    call: async (tool, args) => {
      try {
        return outcomeOf(await app.callServerTool({ name: tool, arguments: args }));
      } catch (error) {
        const text = error instanceof Error ? error.message : 'The call failed.';
        return { failed: true, text, structuredContent: undefined };
      }
    },
  };
}

type Result = {
  content?: { type: string; text?: unknown }[];
  isError?: boolean;
  structuredContent?: unknown;
};

function outcomeOf({ content = [], isError = false, structuredContent }: Result): CallOutcome {
  const texts = content.flatMap((block) => (typeof block.text === 'string' ? [block.text] : []));
  return { failed: isError, text: texts.join('\n'), structuredContent };
}

function applyContext({ theme, styles }: McpUiHostContext): void {
  if (theme) applyDocumentTheme(theme);
  if (styles?.variables) applyHostStyleVariables(styles.variables);
  if (styles?.css?.fonts) applyHostFonts(styles.css.fonts);
}
