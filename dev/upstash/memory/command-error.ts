/** A Redis error reply. Throw it from any depth of a command. */
export class CommandError extends Error {}

export const syntaxError = () => new CommandError('ERR syntax error');
export const wrongArity = (name: string) =>
  new CommandError(`ERR wrong number of arguments for '${name.toLowerCase()}' command`);

const advice = 'To use every Redis command, run: npm start -- --store redis';

export const unknownCommand = (name: string) =>
  new CommandError(
    `ERR unknown command '${name.slice(0, 128)}': the in-memory store does not implement it. ${advice}`,
  );
export const unsupportedOption = (command: string, option: string) =>
  new CommandError(`ERR ${command} ${option} is not implemented by the in-memory store. ${advice}`);
