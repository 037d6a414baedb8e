/**
 * A fresh process that loads one function, calls it once and ends: `cold.ts FILE REQUEST`. Says over its channel when the
 * answer has been read, and what it used of the processor until then.
 */
import { pathToFileURL } from 'node:url';
import type { ColdAnswer, ColdRequest } from './messages.ts';

const [, , file = '', json = '{}'] = process.argv;
const { url, ...init }: ColdRequest = JSON.parse(json);

let handler = await import(pathToFileURL(file).href);
// The builder's output can be CommonJS, whose export is wrapped.
while (typeof handler.fetch !== 'function') handler = handler.default;

const response: Response = await handler.fetch(new Request(url, init));
const text = await response.text();
const { user, system } = process.cpuUsage();
const answer: ColdAnswer = {
  status: response.status,
  characters: text.length,
  cpuMs: (user + system) / 1000,
};
process.send?.(answer, () => process.exit(0));
