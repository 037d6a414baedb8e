/** What a command uses of the process that it runs in. `process` is one. */
export type CommandProcess = {
  env: Record<string, string | undefined>;
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  stdout: NodeJS.WritableStream & { isTTY?: boolean };
  stderr: { write(text: string): unknown };
  /** The folder that a command works in. */
  cwd(): string;
};

/** Whether someone is there to answer questions. */
export function hasTerminal({ stdin, stdout }: CommandProcess): boolean {
  return Boolean(stdin.isTTY && stdout.isTTY);
}
