/** An error reply, thrown to leave a command from any depth. */
export class CommandError extends Error {}

export const syntaxError = () => new CommandError('ERR syntax error');
export const wrongArity = (name: string) =>
  new CommandError(`ERR wrong number of arguments for '${name.toLowerCase()}' command`);
