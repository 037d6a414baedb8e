import { createServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { certificate, key } from '../../support/localhost-certificate.ts';
import { examineUrl, wrong } from './examine.ts';
import { expiredCertificate, expiredKey } from './expired-certificate.ts';

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

describe('a server that cannot be reached', () => {
  test.for([
    [
      'url-not-https and dns-not-found',
      'http://does-not-exist.invalid/mcp',
      ['url-not-https', 'dns-not-found'],
    ],
    ['dns-not-found', 'https://does-not-exist.invalid/mcp', ['dns-not-found']],
    ['unreachable', 'http://localhost:1/mcp', ['unreachable']],
  ] as const)('%s: %s', async ([, url, expected]) => {
    expect(wrong(await examineUrl(url))).toEqual(expected);
  });

  test('dns-private-address: a host inside a private network', async () => {
    const found = wrong(await examineUrl('https://10.255.255.1/mcp', { timeoutMs: 200 }));
    expect(found).toContain('dns-private-address');
  });

  test('tls-untrusted: a self-signed certificate', async () => {
    const port = await portOf(createServer({ key, cert: certificate }));
    expect(wrong(await examineUrl(`https://localhost:${port}/mcp`))).toEqual(['tls-untrusted']);
  });

  test('tls-expired: a certificate of 2020', async () => {
    const port = await portOf(createServer({ key: expiredKey, cert: expiredCertificate }));
    expect(wrong(await examineUrl(`https://localhost:${port}/mcp`))).toEqual(['tls-expired']);
  });

  test('tls-failed: a server that does not speak TLS', async () => {
    const port = await portOf(createTcpServer((socket) => socket.end('hello')));
    expect(wrong(await examineUrl(`https://localhost:${port}/mcp`))).toEqual(['tls-failed']);
  });

  test('tls-failed: a server that sends nothing', async () => {
    const port = await portOf(createTcpServer((socket) => void onTestFinished(() => void socket.destroy())));
    expect(wrong(await examineUrl(`https://localhost:${port}/mcp`, { timeoutMs: 300 }))).toEqual([
      'tls-failed',
    ]);
  });

  test('unreachable: a server that does not speak HTTP', async () => {
    const port = await portOf(createTcpServer((socket) => void socket.end('SSH-2.0-OpenSSH_9.9\r\n')));
    const findings = await examineUrl(`http://localhost:${port}/mcp`);
    expect(wrong(findings)).toEqual(['unreachable']);
    expect(JSON.stringify(findings)).not.toContain('undefined');
  });

  test('unreachable: a server that hangs up', async () => {
    const port = await portOf(createTcpServer((socket) => void socket.destroy()));
    expect(wrong(await examineUrl(`http://localhost:${port}/mcp`))).toEqual(['unreachable']);
  });
});
