import type { Results } from '../run.ts';

/** What each target is, what was measured, and whether it is met. */
export function targetRows({ warm, cold, operations, scale }: Results): string[][] {
  const row = (what: string, measured: number, target: number, atLeast: boolean, unit: string) => {
    const met = atLeast ? measured >= target : measured <= target;
    const text = (value: number) =>
      `${Number.isInteger(value) && unit === '' ? value : value.toFixed(2)}${unit}`;
    return [what, text(measured), `${atLeast ? '≥' : '≤'} ${text(target)}`, met ? 'met' : 'missed'];
  };
  const first = scale[0];
  const last = scale.at(-1);
  return [
    ...warm.ratios.flatMap(({ name, of, target, cpu }) =>
      target === undefined
        ? []
        : [row(`throughput of ${name} ÷ ${of}, by processor time`, cpu.median, target, true, '×')],
    ),
    ...cold.flatMap(({ name, of, target, cpu }) =>
      target === undefined ? [] : [row(`cold start: ${name} ÷ ${of}`, cpu.median, target, false, '×')],
    ),
    row(
      'largest OAuth function',
      Math.max(
        ...cold
          .filter(({ name }) => /^(register|authorize|token|revoke|callback)/.test(name))
          .map(({ bytes }) => bytes),
      ) / 1e6,
      1.5,
      false,
      ' MB',
    ),
    ...operations.flatMap(({ name, target, roundTrips, awaited, commands }) =>
      target === undefined
        ? []
        : [
            [
              `round trips: ${name}`,
              awaited === roundTrips
                ? String(roundTrips)
                : `${awaited}, and ${roundTrips - awaited} after the answer`,
              `≤ ${target.roundTrips}`,
              roundTrips <= target.roundTrips
                ? 'met'
                : awaited <= target.roundTrips
                  ? 'met before the answer'
                  : 'missed',
            ],
            ...(target.commands === undefined
              ? []
              : [row(`commands: ${name}`, commands, target.commands, false, '')]),
          ],
    ),
    ...(first && last
      ? [
          row(
            `time per call, ${last.sessions.toLocaleString('en')} sessions ÷ ${first.sessions}`,
            last.cpu.median,
            1.1,
            false,
            '×',
          ),
        ]
      : []),
  ];
}
