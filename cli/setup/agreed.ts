import { CommandFailure } from '../failure.ts';
import type { Prompt } from '../prompt.ts';
import type { Arguments } from './arguments.ts';

/** Whether the person agrees to the changes just shown. Throws `CommandFailure` if there is nobody to ask. */
export async function agreed(flags: Arguments, prompt: Prompt | undefined): Promise<boolean> {
  if (flags.yes) return true;
  if (prompt) return prompt.confirm('Make these changes?');
  throw new CommandFailure(
    'These changes need your confirmation, and there is no terminal to ask at.',
    'Add --yes to make them, or --dry-run to only see them.',
  );
}
