import manifest from '../package.json' with { type: 'json' };

/** The name and version by which the server introduces itself. */
export const { name: serverName, version: serverVersion } = manifest;
