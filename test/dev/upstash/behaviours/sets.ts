import type { Behaviour } from './behaviour.ts';

export const sets: Behaviour[] = [
  {
    title: 'SADD counts new members',
    steps: [
      ['SADD k a b', 2],
      ['SADD k b c', 1],
      ['SCARD k', 3],
    ],
  },
  {
    title: 'SISMEMBER and SMISMEMBER look up members',
    steps: [
      ['SADD k a', 1],
      ['SISMEMBER k a', 1],
      ['SMISMEMBER k a b', [1, 0]],
    ],
  },
  {
    title: 'SREM of the last member deletes the key',
    steps: [
      ['SADD k a', 1],
      ['SMEMBERS k', ['a']],
      ['SREM k a', 1],
      ['EXISTS k', 0],
    ],
  },
];
