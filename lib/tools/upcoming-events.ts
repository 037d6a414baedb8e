import { z } from 'zod';
import { defineTool, failure } from '../mcp/define/tool.ts';

/** The address of Google's APIs. The local stack puts its stand-in here. */
const google = process.env.GOOGLE_API_URL || 'https://www.googleapis.com';

const scope = 'https://www.googleapis.com/auth/calendar.events.readonly';

/** A moment, or a whole day (Google Calendar API, `Events`). */
const when = z.object({ dateTime: z.string().optional(), date: z.string().optional() });
const calendar = z.object({
  items: z.array(
    z.object({
      summary: z.string().default('(No title)'),
      location: z.string().optional(),
      start: when,
      end: when,
    }),
  ),
});

const timeOf = ({ dateTime, date }: z.output<typeof when>) => dateTime ?? date ?? '';

/** Lists what is next in the user's Google calendar: the example of a tool that uses an account at another company. */
export const upcomingEvents = defineTool({
  name: 'upcoming_events',
  title: 'Upcoming events',
  description:
    'Lists the next events in the user’s Google calendar, soonest first, with their start and end. Days without a time last all day.',
  scopes: ['mcp:read'],
  accounts: ['google-oauth2'],
  annotations: { readOnlyHint: true, openWorldHint: true },
  input: z.object({ count: z.number().int().min(1).max(20).default(10) }),
  output: z.object({
    events: z.array(
      z.object({ title: z.string(), start: z.string(), end: z.string(), location: z.string().optional() }),
    ),
  }),
  handler: async ({ count }, call) => {
    const token = await call.tokenFrom('google-oauth2', { scopes: [scope] });
    const url = new URL('/calendar/v3/calendars/primary/events', google);
    url.search = new URLSearchParams({
      timeMin: new Date().toISOString(),
      maxResults: String(count),
      singleEvents: 'true',
      orderBy: 'startTime',
    }).toString();
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${token}` },
      signal: call.signal,
    });
    if (response.status === 401 || response.status === 403)
      return failure(
        'Google does not accept the connected account any more: the user may have withdrawn access there. They can disconnect it on the connections page of this server and then connect it again.',
      );
    if (!response.ok) return failure(`Google Calendar answered ${response.status}. Try again in a minute.`);
    const { items } = calendar.parse(await response.json());
    const events = items.map(({ summary, location, start, end }) => ({
      title: summary,
      start: timeOf(start),
      end: timeOf(end),
      ...(location && { location }),
    }));
    const lines = events.map(
      ({ title, start, location }) => `${start} ${title}${location ? `, ${location}` : ''}`,
    );
    const text = lines.join('\n') || 'There are no upcoming events.';
    return { content: [{ type: 'text', text }], structuredContent: { events } };
  },
});
