import { readAudit } from '../../lib/store/audit.ts';
import { UsageError } from '../usage-error.ts';
import type { Command } from './command.ts';
import { minute, table } from './table.ts';

const heading = [
  'WHEN (UTC)',
  'ACTION',
  'ACTOR',
  'USER',
  'ORGANIZATION',
  'CLIENT',
  'GRANT',
  'SCOPES',
  'REASON',
];
const defaultCount = 50;
/** As many as the store keeps. */
const maxCount = 10_000;

/** `audit`: who did what, newest first. */
export const audit: Command = async ({ config, flags }) => {
  const { entries, unbelievable } = await readAudit(config, countFrom(flags.count));
  const rows = entries.map(({ atMs, action, actor, user, organization, client, grant, scopes, reason }) => [
    ...[
      minute(atMs / 1000),
      action,
      actor,
      user ?? '',
      organization ?? '',
      client ?? '',
      grant ?? '',
      scopes ?? '',
      reason ?? '',
    ],
  ]);
  return {
    lines: [
      ...(entries.length ? table(heading, rows) : ['There are no entries.']),
      ...(unbelievable ? [`Not shown, because signed under an unknown secret: ${unbelievable}.`] : []),
    ],
    json: {
      entries: entries.map(({ atMs, ...entry }) => ({ at: new Date(atMs).toISOString(), ...entry })),
      unbelievable,
    },
  };
};

function countFrom(typed: string | undefined): number {
  if (typed === undefined) return defaultCount;
  if (/^[1-9]\d{0,4}$/.test(typed) && Number(typed) <= maxCount) return Number(typed);
  throw new UsageError(`--count takes a number from 1 to ${maxCount}.`);
}
