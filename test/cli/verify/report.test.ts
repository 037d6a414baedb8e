import { expect, test } from 'vitest';
import { observer } from '../../../cli/verify/observation.ts';
import { type Verification, verificationReport } from '../../../cli/verify/report.ts';

const verification: Verification = {
  url: 'https://mcp.example.com/mcp',
  at: new Date('2026-12-01T10:20:30Z'),
  versions: [['template', '0.1.0']],
  verdicts: [],
  observations: [],
  examinations: [],
  secrets: [],
};
const auth0 = observer('Auth0');

test('a value that differs stands next to what the stand-in does', () => {
  const observations = [auth0.value('answer to that', '401 application/json', '403 application/json')];
  expect(verificationReport({ ...verification, observations })).toContain(
    '| Auth0 | answer to that | `401 application/json` | `403 application/json` |',
  );
});

test('of a list, the names that differ are shown', () => {
  const observations = [auth0.names('header names', 'content-type, server', 'cf-ray, content-type')];
  expect(verificationReport({ ...verification, observations })).toContain(
    '| Auth0 | header names | `content-type, server` | `also cf-ray; without server` |',
  );
});

test('what was not seen is no difference', () => {
  const observations = [auth0.value('redirect', '302 to /u/login', undefined)];
  const report = verificationReport({ ...verification, observations });
  expect(report).toContain('Differences from the local stand-ins: 0.');
  expect(report).toContain('- Auth0, redirect: not seen');
});

test('words of a server cannot leave their cell, and secrets are masked', () => {
  const verdicts = [
    {
      promise: 'Users sign in',
      result: 'broken' as const,
      seen: 'a | b `c` [link](https://evil.example)\n# top-secret-value',
    },
  ];
  const report = verificationReport({ ...verification, verdicts, secrets: ['top-secret-value'] });
  expect(report).toContain(
    String.raw`| ❌ broken | Users sign in | ${'``'}a \| b ${'`c`'} [link](https://evil.example) # [hidden]${'``'} |`,
  );
  expect(report).toContain('Promises: 0 kept, 1 broken, 0 not tried.');
});
