import type { Config } from '../config.ts';
import type { Client } from './client.ts';

export function isDocumentUrl(clientId: string): boolean {
  return clientId.startsWith('https://');
}

export async function findDocumentClient(_config: Config, _url: string): Promise<Client | undefined> {
  return undefined;
}
