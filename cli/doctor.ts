/** `npm run doctor -- <url>`: finds out why clients cannot connect to an MCP server. */
import { main } from './doctor/main.ts';

process.exitCode = await main(process.argv.slice(2), process);
