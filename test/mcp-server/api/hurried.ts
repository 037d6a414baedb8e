/** The same server under a platform limit of a few seconds, so that tests can watch time run out. */
export { default } from './mcp.ts';
