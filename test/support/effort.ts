/** How much a test repeats: `normal`, or `full` if `TEST_EFFORT=full` is set. */
export function effort<T>(normal: T, full: T): T {
  return process.env.TEST_EFFORT === 'full' ? full : normal;
}
