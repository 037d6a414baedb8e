import { randomBytes } from 'node:crypto';

const alphanumerics = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** A random string of letters and digits, like Auth0's client ids (32) and connection ids (16). */
export function randomAlphanumerics(length: number): string {
  return Array.from(randomBytes(length), (byte) => alphanumerics[byte % alphanumerics.length]).join('');
}

/** A random client secret, 64 characters. */
export function randomSecret(): string {
  return randomBytes(48).toString('base64url');
}

/** A random hexadecimal id, like Auth0's API ids (24). */
export function randomHex(length: number): string {
  return randomBytes(length / 2).toString('hex');
}
