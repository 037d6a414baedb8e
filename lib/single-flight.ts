/** Runs work once per key at a time: callers that arrive while it runs get the same promise. */
export class SingleFlight<T> {
  readonly #running = new Map<string, Promise<T>>();

  run(key: string, work: () => Promise<T>): Promise<T> {
    let flight = this.#running.get(key);
    if (!flight) {
      flight = work().finally(() => this.#running.delete(key));
      this.#running.set(key, flight);
    }
    return flight;
  }
}
