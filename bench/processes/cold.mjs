/**
 * A fresh process that loads one function, calls it once and ends: `cold.mjs FILE REQUEST`. Says over its channel when the
 * answer has been read, and what it used of the processor until then. JavaScript, because loading TypeScript would
 * take as long as the functions.
 */
import { pathToFileURL } from 'node:url';

const [, , file = '', json = '{}'] = process.argv;
const { url, ...init } = JSON.parse(json);

let handler = await import(pathToFileURL(file).href);
// The builder's output can be CommonJS, whose export is wrapped.
while (typeof handler.fetch !== 'function') handler = handler.default;

const response = await handler.fetch(new Request(url, init));
const text = await response.text();
const { user, system } = process.cpuUsage();
const answer = { status: response.status, characters: text.length, cpuMs: (user + system) / 1000 };
process.send?.(answer, () => process.exit(0));
