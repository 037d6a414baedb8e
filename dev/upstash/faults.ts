import { z } from 'zod';

const shape = z.strictObject({
  /**
   * `unavailable` answers 503, `failing` 500 and `limited` 429. `refused` resets the connection, `hanging` never
   * answers. `lost` executes the commands and then resets the connection, `cut` executes them and sends half of the
   * answer: the caller cannot know that they ran.
   */
  outage: z.enum(['none', 'unavailable', 'failing', 'limited', 'refused', 'hanging', 'lost', 'cut']),
  /** How long each request waits before it is processed. */
  delayMs: z.int().min(0).max(600_000),
  /** `silent` keeps streams open but delivers nothing. `closed` ends all streams, including new ones. */
  subscriptions: z.enum(['live', 'silent', 'closed']),
});

/** Simulated faults. Assign to a property to change one from then on. */
export type Faults = z.infer<typeof shape>;

/** The body of a request that changes faults. */
export const faultsChange = shape.partial();

/** No faults. `onClosed` is called when `subscriptions` is set to `closed`. */
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
