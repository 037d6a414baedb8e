import type { Config } from '../config.ts';
import { log } from '../log.ts';
import type { Output, Schema } from '../schema.ts';
import { isSameText, macs } from '../sealing.ts';
import { parseStored } from './stored.ts';

/** Characters of the authentication code kept: 132 bits. */
const codeLength = 22;

/**
 * A text as the store keeps it: behind an authentication code (HMAC-SHA-256) that is bound to the key's name. Whoever can
 * write to the store can neither change it nor copy it to another key.
 */
export function signedText(config: Config, key: string, text: string): string {
  return `${codesOf(config, key, text)[0]}.${text}`;
}

/**
 * Reads back what `signedText` wrote for this key, also under the previous sealing secret. Undefined if there is nothing,
 * or if it was not written by this deployment, which is logged.
 */
export function readText(config: Config, key: string, stored: string | null | undefined): string | undefined {
  if (!stored) return undefined;
  const [code, text] = [stored.slice(0, codeLength), stored.slice(codeLength + 1)];
  if (codesOf(config, key, text).some((expected) => isSameText(code, expected))) return text;
  // The key's kind alone: the rest of its name may identify a user.
  log('warn', 'stored record not authentic, ignored', { kind: key.split(':')[0] });
  return undefined;
}

/** A value as the store keeps it: JSON, signed for its key. */
export function signedRecord(config: Config, key: string, value: unknown): string {
  return signedText(config, key, JSON.stringify(value));
}

/** Reads back what `signedRecord` wrote; undefined also if its shape is no longer ours. */
export function readRecord<S extends Schema>(
  config: Config,
  key: string,
  schema: S,
  stored: string | null | undefined,
): Output<S> | undefined {
  return parseStored(schema, readText(config, key, stored));
}

function codesOf(config: Config, key: string, text: string): string[] {
  return macs(config, 'record', `${key}\n${text}`).map((code) => code.slice(0, codeLength));
}
