/** `npm run admin -- <command>`: what operators need when something goes wrong. */
import { main } from './admin/main.ts';

process.exitCode = await main(process.argv.slice(2), process);
