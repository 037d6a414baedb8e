/** `npm run verify -- <url>`: goes through every promise of the README on a real deployment, and writes a report. */
import { main } from './verify/main.ts';

process.exitCode = await main(process.argv.slice(2), process);
