import { printable } from '../printable.ts';
import { styled } from '../terminal.ts';

const gap = '  ';

/** Rows under a heading, in columns. Cells are made safe for a terminal: clients choose their names. */
export function table(heading: string[], rows: string[][]): string[] {
  const safe = rows.map((row) => row.map((cell) => printable(cell)));
  const widths = heading.map((title, column) =>
    Math.max(title.length, ...safe.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(gap)
      .trimEnd();
  return [styled('bold', line(heading)), ...safe.map(line)];
}

/** A moment as UTC to the minute, such as `2026-11-25 20:04`; empty without one. */
export function minute(seconds: number | undefined): string {
  return seconds === undefined ? '' : new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ');
}

/** A moment as ISO 8601 for JSON; undefined without one. */
export function iso(seconds: number | undefined): string | undefined {
  return seconds === undefined ? undefined : new Date(seconds * 1000).toISOString();
}
