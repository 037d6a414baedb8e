import { z } from 'zod';

const shape = z.strictObject({
  /** `unavailable` answers 503, `refused` cuts the connection, `hanging` never answers. */
  outage: z.enum(['none', 'unavailable', 'refused', 'hanging']),
  /** How long each request waits before it is looked at. */
  delayMs: z.int().min(0).max(600_000),
  /** `silent` keeps the streams open and delivers nothing, `closed` ends them and every new one. */
  subscriptions: z.enum(['live', 'silent', 'closed']),
});

/** What goes wrong on purpose. Assign to its properties; they hold from then on. */
export type Faults = z.infer<typeof shape>;

/** A change of some faults, as it arrives over HTTP. */
export const faultsChange = shape.partial();

/** All well; `onClosed` is called when subscriptions become `closed`. */
export function noFaults(onClosed: () => void): Faults {
  let subscriptions: Faults['subscriptions'] = 'live';
  return {
    outage: 'none',
    delayMs: 0,
    get subscriptions() {
      return subscriptions;
    },
    set subscriptions(value) {
      subscriptions = value;
      if (value === 'closed') onClosed();
    },
  };
}
