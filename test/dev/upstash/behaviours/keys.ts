import { type Behaviour, between } from './behaviour.ts';

export const keys: Behaviour[] = [
  {
    title: 'a value is gone when it has expired',
    steps: [['SET k v PX 30', 'OK'], ['GET k', 'v'], 45, ['GET k', null], ['DBSIZE', 0]],
  },
  {
    title: 'EXPIRE in the past deletes',
    steps: [
      ['SET k v', 'OK'],
      ['EXPIRE k -1', 1],
      ['EXISTS k', 0],
    ],
  },
  { title: 'EXPIRE of an absent key is 0', steps: [['EXPIRE k 10', 0]] },
  {
    title: 'EXPIRE NX, XX, GT and LT are conditions',
    steps: [
      ['SET k v', 'OK'],
      ['EXPIRE k 10 XX', 0],
      ['EXPIRE k 10 NX', 1],
      ['EXPIRE k 5 GT', 0],
      ['EXPIRE k 5 LT', 1],
      ['TTL k', 5],
    ],
  },
  {
    title: 'PEXPIRE deletes a hash in time',
    steps: [['HSET k f v', 1], ['PEXPIRE k 30', 1], 45, ['HGETALL k', []]],
  },
  {
    title: 'PTTL counts milliseconds',
    steps: [
      ['SET k v PX 5000', 'OK'],
      ['PTTL k', between(4000, 5000)],
    ],
  },
  {
    title: 'TTL distinguishes a missing key from a missing expiry',
    steps: [
      ['TTL k', -2],
      ['SET k v', 'OK'],
      ['TTL k', -1],
    ],
  },
  {
    title: 'PERSIST removes the expiry',
    steps: [
      ['SET k v EX 100', 'OK'],
      ['PERSIST k', 1],
      ['PERSIST k', 0],
      ['TTL k', -1],
    ],
  },
  {
    title: 'DEL, UNLINK and EXISTS count',
    steps: [
      ['MSET a 1 b 2', 'OK'],
      ['EXISTS a a x', 2],
      ['DEL a x', 1],
      ['UNLINK b', 1],
    ],
  },
  {
    title: 'TYPE returns the type of a key',
    steps: [
      ['TYPE k', 'none'],
      ['ZADD k 1 m', 1],
      ['TYPE k', 'zset'],
    ],
  },
  {
    title: 'KEYS accepts a pattern',
    steps: [
      ['MSET s:1 a p:1 b', 'OK'],
      ['KEYS s:*', ['s:1']],
      ['KEYS ?:[2-9]', []],
    ],
  },
  {
    title: 'SCAN accepts a pattern and a type',
    steps: [
      ['SET s:1 a', 'OK'],
      ['HSET s:2 f v', 1],
      ['SCAN 0 MATCH s:* TYPE hash COUNT 100', ['0', ['s:2']]],
    ],
  },
  {
    title: 'FLUSHALL deletes every key',
    steps: [
      ['SET k v', 'OK'],
      ['FLUSHALL', 'OK'],
      ['DBSIZE', 0],
    ],
  },
];
