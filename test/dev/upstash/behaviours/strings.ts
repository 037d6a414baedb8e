import { type Behaviour, error, NOT_INTEGER, WRONG_TYPE } from './behaviour.ts';

export const strings: Behaviour[] = [
  {
    title: 'SET and GET keep any text',
    steps: [
      [['SET', 'k', 'é✓ "\n'], 'OK'],
      ['GET k', 'é✓ "\n'],
    ],
  },
  { title: 'GET of an absent key is null', steps: [['GET k', null]] },
  {
    title: 'GET of a hash is WRONGTYPE',
    steps: [
      ['HSET k f v', 1],
      ['GET k', WRONG_TYPE],
    ],
  },
  {
    title: 'SET replaces a value of any type',
    steps: [
      ['HSET k f v', 1],
      ['SET k v', 'OK'],
      ['TYPE k', 'string'],
    ],
  },
  {
    title: 'SET NX keeps an existing value, SET XX requires one',
    steps: [
      ['SET k 1 XX', null],
      ['SET k 1 NX', 'OK'],
      ['SET k 2 NX', null],
      ['SET k 3 XX', 'OK'],
      ['GET k', '3'],
    ],
  },
  {
    title: 'SET GET returns the previous value',
    steps: [
      ['SET k 1 GET', null],
      ['SET k 2 NX GET', '1'],
      ['GET k', '1'],
    ],
  },
  {
    title: 'SET KEEPTTL keeps the expiry',
    steps: [
      ['SET k 1 EX 100', 'OK'],
      ['SET k 2 KEEPTTL', 'OK'],
      ['TTL k', 100],
    ],
  },
  {
    title: 'SET ends an earlier expiry',
    steps: [
      ['SET k 1 EX 100', 'OK'],
      ['SET k 2', 'OK'],
      ['TTL k', -1],
    ],
  },
  { title: 'SET refuses conflicting options', steps: [['SET k v EX 1 PX 1', error('ERR syntax error')]] },
  {
    title: 'SET refuses an expiry of zero or text',
    steps: [
      ['SET k v EX 0', error("ERR invalid expire time in 'set' command")],
      ['SET k v EX soon', NOT_INTEGER],
    ],
  },
  {
    title: 'SET without a value has the wrong arity',
    steps: [['SET k', error("ERR wrong number of arguments for 'set' command")]],
  },
  {
    title: 'GETEX reads and extends the expiry',
    steps: [
      ['SET k v', 'OK'],
      ['GETEX k EX 100', 'v'],
      ['TTL k', 100],
      ['GETEX k PERSIST', 'v'],
      ['TTL k', -1],
    ],
  },
  {
    title: 'GETDEL reads once',
    steps: [
      ['SET k v', 'OK'],
      ['GETDEL k', 'v'],
      ['GETDEL k', null],
    ],
  },
  {
    title: 'MSET and MGET handle several keys',
    steps: [
      ['MSET a 1 b 2', 'OK'],
      ['HSET h f v', 1],
      ['MGET a x b h', ['1', null, '2', null]],
    ],
  },
  {
    title: 'INCR starts at zero',
    steps: [
      ['INCR k', 1],
      ['INCRBY k 41', 42],
      ['DECR k', 41],
    ],
  },
  {
    title: 'INCR refuses text',
    steps: [
      ['SET k v', 'OK'],
      ['INCR k', NOT_INTEGER],
    ],
  },
  {
    title: 'INCR keeps the expiry',
    steps: [
      ['SET k 1 EX 100', 'OK'],
      ['INCR k', 2],
      ['TTL k', 100],
    ],
  },
  {
    title: 'INCR refuses to overflow',
    steps: [
      ['SET k 9223372036854775807', 'OK'],
      ['INCR k', error('ERR increment or decrement would overflow')],
    ],
  },
];
