import { expect } from 'vitest';
import { type Behaviour, error } from './behaviour.ts';

export const others: Behaviour[] = [
  {
    title: 'PING and ECHO answer',
    steps: [
      ['PING', 'PONG'],
      ['PING hello', 'hello'],
      ['ECHO hello', 'hello'],
    ],
  },
  {
    title: 'command names have no case',
    steps: [
      ['sEt k v', 'OK'],
      ['get k', 'v'],
    ],
  },
  {
    title: 'an unknown command is told by name',
    steps: [['NOSUCH a', error("ERR unknown command 'NOSUCH', with args beginning with: 'a' ")]],
  },
  {
    title: 'commands that block or hold a connection are refused',
    steps: [
      ['BLPOP k 0', error("ERR Command is not available: 'BLPOP'")],
      ['XREAD BLOCK 0 STREAMS k $', error("ERR Command is not available: 'XREAD BLOCK'")],
      ['MULTI', error("ERR Command is not available: 'MULTI'")],
    ],
  },
  { title: 'PUBLISH counts nobody', steps: [['PUBLISH channel payload', 0]] },
  {
    title: 'TIME is now',
    steps: [['TIME', expect.toSatisfy(([s]: string[]) => Math.abs(Number(s) - Date.now() / 1000) < 5)]],
  },
];
