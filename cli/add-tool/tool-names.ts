import { CommandFailure } from '../failure.ts';

/** The names of a tool: for the model, in code, and of its files. */
export type ToolNames = { name: string; variable: string; file: string; title: string };

/** Every name of a tool, from the one that the model uses. Throws `CommandFailure` if one cannot be used. */
export function toolNames(name: string, givenTitle: string | undefined): ToolNames {
  const words = name.split('_');
  const title = givenTitle?.trim() || capitalized(words.join(' '));
  if (/['\\\n]/.test(title))
    throw new CommandFailure(
      'The title has a quote, a backslash or a line break.',
      'Choose another, and edit the file.',
    );
  const variable = words.map((word, index) => (index ? capitalized(word) : word)).join('');
  if (reserved.has(variable))
    throw new CommandFailure(`"${name}" is a word of the language.`, 'Choose another name, such as get_it.');
  return { name, variable, file: words.join('-'), title };
}

/** Words that no variable may have as its name. */
const reserved = new Set(
  'break case catch class const continue debugger default delete do else enum export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield await eval arguments features'.split(
    ' ',
  ),
);

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
