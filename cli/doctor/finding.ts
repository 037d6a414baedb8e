export type Level = 'ok' | 'warning' | 'failure' | 'skipped';

/** One line of the report. Ids are stable; each has a paragraph in docs/troubleshooting.md. */
export type Finding = {
  /** The problem's id; the check's own where nothing is wrong. */
  id: string;
  /** Id of the check that found it. */
  check: string;
  level: Level;
  title: string;
  /** What was seen: printable, bounded, without secrets. */
  detail: string;
  /** What to do about it; only where something is wrong. */
  fix?: string;
};
