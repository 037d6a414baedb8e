/** An event as the Calendar API describes it: either at a time, or on whole days. */
export type CalendarEvent = {
  kind: 'calendar#event';
  id: string;
  status: 'confirmed';
  summary?: string;
  location?: string;
  start: { dateTime?: string; date?: string };
  end: { dateTime?: string; date?: string };
};

const hourMs = 3_600_000;

/** Events that start in the next days, whenever the stand-in starts. */
export function calendarEvents(calendar: string): CalendarEvent[] {
  const startMs = Math.ceil(Date.now() / hourMs) * hourMs;
  const at = (hours: number) => new Date(startMs + hours * hourMs).toISOString();
  const day = (days: number) => at(24 * days).slice(0, 10);
  const event = (id: string, rest: Pick<CalendarEvent, 'start' | 'end'> & Partial<CalendarEvent>) =>
    ({ kind: 'calendar#event', id: `${calendar}${id}`, status: 'confirmed', ...rest }) as const;
  return [
    event('past', { summary: 'Yesterday’s lunch', start: { dateTime: at(-26) }, end: { dateTime: at(-25) } }),
    event('standup', {
      summary: `Stand-up (${calendar})`,
      start: { dateTime: at(2) },
      end: { dateTime: at(2.5) },
    }),
    event('dentist', {
      summary: 'Dentist',
      location: '12 Main Street',
      start: { dateTime: at(26) },
      end: { dateTime: at(27) },
    }),
    event('holiday', { start: { date: day(3) }, end: { date: day(4) } }),
  ];
}
