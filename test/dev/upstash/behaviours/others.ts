import { type Behaviour, error } from './behaviour.ts';

export const others: Behaviour[] = [
  {
    title: 'PING replies',
    steps: [
      ['PING', 'PONG'],
      ['PING hello', 'hello'],
    ],
  },
  {
    title: 'command names are not case-sensitive',
    steps: [
      ['sEt k v', 'OK'],
      ['get k', 'v'],
    ],
  },
  {
    title: 'commands that block or hold a connection are refused',
    steps: [
      ['BLPOP k 0', error("ERR Command is not available: 'BLPOP'")],
      ['XREAD BLOCK 0 STREAMS k $', error("ERR Command is not available: 'XREAD BLOCK'")],
      ['MULTI', error("ERR Command is not available: 'MULTI'")],
    ],
  },
  { title: 'PUBLISH without subscribers counts zero', steps: [['PUBLISH channel payload', 0]] },
];
