import type { Config } from './config.ts';

/**
 * One value per configuration, made on first use. A deployment has a single configuration; tests hold several in one
 * process, and each of those must behave like an instance of its own.
 */
export function perConfig<T extends object>(make: (config: Config) => T): (config: Config) => T {
  const made = new WeakMap<Config, T>();
  return (config) => {
    let value = made.get(config);
    if (!value) {
      value = make(config);
      made.set(config, value);
    }
    return value;
  };
}
