import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Text in a color or weight if standard output is a terminal that supports it and `NO_COLOR` is not set. */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}
