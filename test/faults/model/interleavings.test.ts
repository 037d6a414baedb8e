import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StackOptions } from '../../../dev/stack.ts';
import { effort } from '../../support/effort.ts';
import { useStack } from '../../support/stack.ts';
import { type Command, command, counts, finish, type Model, type Real, run } from './commands.ts';
import { instanceCount, openWorld, type Person, twoOrganizations, twoUsers, type World } from './world.ts';

/** `COMMANDS=10000` runs that many for two users together, and half as many for two organizations; `SEED` repeats a run. */
const commands = Number(process.env.COMMANDS ?? effort(180, 480));
const perRun = 60;
const seed = Number(process.env.SEED ?? randomInt(2 ** 31));

/** What each pair of people shows, and its share of the commands. */
const pairs: [claim: string, people: [Person, Person], options: StackOptions, share: number][] = [
  ['no user and no client ever sees what belongs to another', twoUsers, {}, 1],
  [
    'no organization and no client ever sees what belongs to another',
    twoOrganizations,
    { organizations: 'optional' },
    1 / 2,
  ],
];

afterAll(() => {
  if (process.env.REPORT)
    process.stdout.write(
      `\n${[...counts.values()].reduce((sum, count) => sum + count, 0)} commands, seed ${seed}: ` +
        `${JSON.stringify(Object.fromEntries(counts))}\n`,
    );
});

/** One person's steps, one after the other, while the other person's run too. */
async function follow(plan: Command[], model: Model, real: Real): Promise<void> {
  const begin = (name: string, window: number): Command => ({
    name,
    choices: { window, instance: 0, pick: 0, header: 'own' },
  });
  const beginning = [
    ...model.windows.map((_, window) => begin('initialize', window)),
    // Something that the other person may want.
    ...['add a note', 'ask'].map((name) => begin(name, 0)),
  ];
  for (const each of [...beginning, ...plan]) await run(each, model, real);
}

describe.each(pairs)('%s', (_claim, people, options, share) => {
  const stack = useStack({ instances: instanceCount, ...options });
  let world: World;
  let models: [Model, Model];

  beforeAll(async () => {
    world = await openWorld(stack());
    const clientIds = [
      await world.oauth.register({ client_name: 'First client' }),
      await world.oauth.register({ client_name: 'Second client' }),
    ];
    const modelOf = async (user: Person): Promise<Model> => {
      const model: Model = { user, windows: [], sessions: new Map(), notes: new Set(), questions: [] };
      const { name } = user;
      world.keepSecret(name, `secret of ${name}`);
      for (const clientId of [...clientIds, ...clientIds]) {
        const tokens = await world.signIn(user, clientId);
        model.windows.push({ user, principal: `${name} ${clientId}`, clientId, tokens, session: '' });
      }
      return model;
    };
    models = [await modelOf(people[0]), await modelOf(people[1])];
  });

  test(
    'however their requests interleave',
    async () => {
      const plan = fc.array(command, { minLength: perRun / 2, maxLength: perRun / 2, size: 'max' });
      await fc.assert(
        fc.asyncProperty(plan, plan, async (first, second) => {
          const [one, two] = models;
          const followed = await Promise.allSettled([
            follow(first, one, { world, stranger: two }),
            follow(second, two, { world, stranger: one }),
          ]);
          for (const each of followed) if (each.status === 'rejected') throw each.reason;
          await finish(one, { world, stranger: two });
          await finish(two, { world, stranger: one });
        }),
        // Not shrunk: the server does not forget what a failed run did.
        { numRuns: Math.ceil((commands * share) / perRun), seed, endOnFailure: true },
      );
      for (const name of ['ask', 'answer a question', "call with another's session"])
        expect(counts.get(name), name).toBeGreaterThan(0);
    },
    60_000 + commands * 500,
  );
});
