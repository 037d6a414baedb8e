import { type Behaviour, error } from './behaviour.ts';

export const lists: Behaviour[] = [
  {
    title: 'LPUSH and RPUSH build from both ends',
    steps: [
      ['RPUSH k b c', 2],
      ['LPUSH k a z', 4],
      ['LRANGE k 0 -1', ['z', 'a', 'b', 'c']],
    ],
  },
  {
    title: 'LPOP and RPOP take one, or so many',
    steps: [
      ['RPUSH k a b c d', 4],
      ['LPOP k', 'a'],
      ['RPOP k 2', ['d', 'c']],
      ['LPOP k 5', ['b']],
      ['LPOP k 1', null],
      ['EXISTS k', 0],
    ],
  },
  {
    title: 'LPOP refuses a negative count',
    steps: [
      ['RPUSH k a', 1],
      ['LPOP k -1', error('ERR value is out of range, must be positive')],
    ],
  },
  {
    title: 'LTRIM keeps a range',
    steps: [
      ['RPUSH k a b c', 3],
      ['LTRIM k 1 -1', 'OK'],
      ['LRANGE k 0 9', ['b', 'c']],
      ['LLEN k', 2],
    ],
  },
  {
    title: 'LREM removes from either end',
    steps: [
      ['RPUSH k a b a c a', 5],
      ['LREM k -2 a', 2],
      ['LRANGE k 0 -1', ['a', 'b', 'c']],
    ],
  },
];
