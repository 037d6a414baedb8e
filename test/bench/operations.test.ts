import { beforeAll, expect, test } from 'vitest';
import { countOperations, type OperationCost } from '../../bench/parts/operations.ts';
import { ensureCommand } from '../support/debian-package.ts';

let counted: Map<string, OperationCost>;
beforeAll(async () => {
  ensureCommand('redis-server', 'redis-server');
  counted = new Map((await countOperations()).map((cost) => [cost.name, cost]));
});

/** Round trips to the store in all, those that the caller waits for, and calls to the tenant. */
test.each<[name: string, roundTrips: number, awaited: number, tenantCalls: number]>([
  ['no token, metadata', 0, 0, 0],
  ['made-up bearer', 0, 0, 0],
  ['registration of a new client', 8, 8, 4],
  ['registration of a known client, in its first hour', 2, 2, 0],
  ['sign-in of a known client, from authorize to tokens', 9, 5, 1],
  ['… redeeming the code, of that', 3, 2, 0],
  ['refresh', 3, 1, 0],
  ['refresh, repeated within a minute', 2, 1, 0],
  ['modern list, warm', 0, 0, 0],
  ['legacy initialize', 1, 1, 0],
  ['legacy list, warm', 1, 1, 0],
  ['legacy list without its session header, warm', 1, 1, 0],
  ['revocation', 3, 3, 1],
])(
  '%s: at most %i round trips, %i of them before the answer, and %i calls to the tenant',
  (name, roundTrips, awaited, tenantCalls) => {
    const cost = counted.get(name);
    expect(cost?.roundTrips).toBeLessThanOrEqual(roundTrips);
    expect(cost?.awaited).toBeLessThanOrEqual(awaited);
    expect(cost?.tenantCalls).toBeLessThanOrEqual(tenantCalls);
  },
);
