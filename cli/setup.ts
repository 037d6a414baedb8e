/** `npm run setup`: takes this repository from a clone to a server in production. */
import { main } from './setup/main.ts';

process.exitCode = await main(process.argv.slice(2), process);
