import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Stack, startStack } from '../../../dev/stack.ts';
import { demoUser } from '../../support/browser-user.ts';
import { freePorts } from '../../support/free-ports.ts';

const command = fileURLToPath(new URL('../../../cli/verify.ts', import.meta.url));

describe('npm run verify against npm start -- --built --instances 3', () => {
  let stack: Stack;
  let folder: string;
  let run: { code: number | null; output: string };
  let report: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'verify-'));
    const port = await freePorts();
    const preview = `http://127.0.0.1:${port}`;
    stack = await startStack({ port, built: true, instances: 3, env: { ALLOWED_ORIGINS: preview } });
    const given = Object.entries(stack.env).filter((each): each is [string, string] => each[1] !== undefined);
    env = {
      ...Object.fromEntries(given),
      DOCTOR_USER: demoUser.email,
      DOCTOR_PASSWORD: demoUser.password,
    };
    const output = join(folder, 'report.md');
    const child = spawn(
      process.execPath,
      [command, stack.mcpUrl, '--origin', preview, '--preview', `${preview}/mcp`, '--output', output],
      { env: { PATH: process.env.PATH ?? '', ...env } },
    );
    run = { code: null, output: '' };
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (run.output += chunk));
    run.code = await new Promise((resolve) => child.once('close', resolve));
    report = await readFile(output, 'utf8');
  }, 240_000);

  afterAll(async () => {
    await stack?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('keeps every promise', () => {
    expect(report).not.toMatch(/^\| (?:❌|➖)/m);
    expect(run.code).toBe(0);
  });

  test('finds no difference from the local stand-ins, because it runs against them', () => {
    expect(report).toContain('## What differs from the local stand-ins\n\nNothing.\n');
  });
});
