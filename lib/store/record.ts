import type { z } from 'zod';
import type { Config } from '../config.ts';
import { log } from '../log.ts';
import { isSameText, macs } from '../sealing.ts';

/** Characters of the authentication code kept: 132 bits. */
const codeLength = 22;

/**
 * A value as the store keeps it: JSON behind an authentication code (HMAC-SHA-256) that is bound to the key's name.
 * Whoever can write to the store can neither change a record nor copy it to another key.
 */
export function signedRecord(config: Config, key: string, value: unknown): string {
  const json = JSON.stringify(value);
  return `${codesOf(config, key, json)[0]}.${json}`;
}

/**
 * Reads back what `signedRecord` wrote for this key, also under the previous sealing secret. Undefined if there is
 * nothing, if the record was not made by this deployment (which is logged), or if its shape is no longer ours.
 */
export function readRecord<S extends z.ZodType>(
  config: Config,
  key: string,
  schema: S,
  stored: string | null | undefined,
): z.output<S> | undefined {
  if (!stored) return undefined;
  const [code, json] = [stored.slice(0, codeLength), stored.slice(codeLength + 1)];
  if (!codesOf(config, key, json).some((expected) => isSameText(code, expected))) {
    // The key's kind alone: the rest of its name may identify a user.
    log('warn', 'stored record not authentic, ignored', { kind: key.split(':')[0] });
    return undefined;
  }
  try {
    return schema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}

function codesOf(config: Config, key: string, json: string): string[] {
  return macs(config, 'record', `${key}\n${json}`).map((code) => code.slice(0, codeLength));
}
