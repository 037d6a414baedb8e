import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Text in a colour or weight where standard output is a terminal that shows it (and `NO_COLOR` is not set). */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}
