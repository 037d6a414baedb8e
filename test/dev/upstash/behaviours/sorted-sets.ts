import { type Behaviour, error } from './behaviour.ts';

export const sortedSets: Behaviour[] = [
  {
    title: 'ZRANGE is in order of score, then bytes',
    steps: [
      ['ZADD k 2 a 1 b 1 B', 3],
      ['ZRANGE k 0 -1 WITHSCORES', ['B', '1', 'b', '1', 'a', '2']],
    ],
  },
  {
    title: 'ZADD flags decide what changes',
    steps: [
      ['ZADD k 5 a', 1],
      ['ZADD k NX 9 a', 0],
      ['ZADD k XX 1 b', 0],
      ['ZADD k GT CH 3 a', 0],
      ['ZADD k LT CH 3 a', 1],
      ['ZADD k INCR 2 a', '5'],
    ],
  },
  {
    title: 'ZADD refuses conflicting flags',
    steps: [['ZADD k NX GT 1 a', error('ERR GT, LT, and/or NX options at the same time are not compatible')]],
  },
  {
    title: 'ZADD refuses a score that is not a number',
    steps: [['ZADD k x a', error('ERR value is not a valid float')]],
  },
  {
    title: 'ZRANGE BYSCORE, REV and LIMIT select',
    steps: [
      ['ZADD k 1 a 2 b 3 c', 3],
      ['ZRANGE k (1 +inf BYSCORE', ['b', 'c']],
      ['ZRANGE k 3 1 BYSCORE REV LIMIT 1 1', ['b']],
    ],
  },
  {
    title: 'ZREVRANGE starts at the highest score',
    steps: [
      ['ZADD k 1 a 2 b', 2],
      ['ZREVRANGE k 0 0', ['b']],
    ],
  },
  {
    title: 'ZSCORE has all the digits of Redis 7.0',
    steps: [
      ['ZADD k 0.1 a', 1],
      ['ZSCORE k a', '0.10000000000000001'],
      ['ZADD k INCR 0.9 a', '1'],
      ['ZSCORE k x', null],
    ],
  },
  {
    title: 'ZCARD and ZCOUNT count',
    steps: [
      ['ZADD k 1 a 2 b', 2],
      ['ZCARD k', 2],
      ['ZCOUNT k 1 (2', 1],
    ],
  },
  {
    title: 'ZREMRANGEBYRANK keeps the newest five',
    steps: [
      ['ZADD k 1 a 2 b 3 c 4 d 5 e 6 f', 6],
      ['ZREMRANGEBYRANK k 0 -6', 1],
      ['ZRANGE k 0 0', ['b']],
    ],
  },
  {
    title: 'ZREMRANGEBYSCORE and ZREM remove',
    steps: [
      ['ZADD k 1 a 2 b', 2],
      ['ZREMRANGEBYSCORE k -inf 1', 1],
      ['ZREM k b', 1],
      ['EXISTS k', 0],
    ],
  },
];
