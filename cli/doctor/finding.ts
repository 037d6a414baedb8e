export type Level = 'ok' | 'warning' | 'failure' | 'skipped';

/** One line of the report. Ids are stable, and docs/troubleshooting.md has a section for each. */
export type Finding = {
  /** The problem's id, or the check's id if nothing is wrong. */
  id: string;
  /** Id of the check that reported it. */
  check: string;
  level: Level;
  title: string;
  /** What the doctor saw: printable, at most 300 characters, secrets masked. */
  detail: string;
  /** How to fix it. Only present if something is wrong. */
  fix?: string;
};
