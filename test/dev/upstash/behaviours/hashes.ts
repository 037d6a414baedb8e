import { type Behaviour, error } from './behaviour.ts';

export const hashes: Behaviour[] = [
  {
    title: 'HSET counts new fields',
    steps: [
      ['HSET k a 1 b 2', 2],
      ['HSET k a 3 c 4', 1],
      ['HGETALL k', ['a', '3', 'b', '2', 'c', '4']],
    ],
  },
  {
    title: 'HSET with a field but no value has the wrong arity',
    steps: [['HSET k a 1 b', error("ERR wrong number of arguments for 'hset' command")]],
  },
  {
    title: 'HSETNX sets once',
    steps: [
      ['HSETNX k f 1', 1],
      ['HSETNX k f 2', 0],
      ['HGET k f', '1'],
    ],
  },
  {
    title: 'HMGET returns null for missing fields',
    steps: [
      ['HSET k a 1', 1],
      ['HMGET k a b', ['1', null]],
    ],
  },
  {
    title: 'HDEL of the last field deletes the key',
    steps: [
      ['HSET k a 1', 1],
      ['HDEL k a b', 1],
      ['EXISTS k', 0],
    ],
  },
  {
    title: 'HEXISTS and HLEN describe the hash',
    steps: [
      ['HSET k a 1', 1],
      ['HEXISTS k a', 1],
      ['HLEN k', 1],
    ],
  },
  {
    title: 'HINCRBY refuses text',
    steps: [
      ['HINCRBY k f 2', 2],
      ['HSET k t x', 1],
      ['HINCRBY k t 1', error('ERR hash value is not an integer')],
    ],
  },
];
