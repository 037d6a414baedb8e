import { type Behaviour, error } from './behaviour.ts';

export const streams: Behaviour[] = [
  {
    title: 'XADD appends, XRANGE reads',
    steps: [
      ['XADD k 1-1 f v', '1-1'],
      ['XADD k 1-* f w', '1-2'],
      [
        'XRANGE k - +',
        [
          ['1-1', ['f', 'v']],
          ['1-2', ['f', 'w']],
        ],
      ],
      ['XREVRANGE k + - COUNT 1', [['1-2', ['f', 'w']]]],
    ],
  },
  {
    title: 'XADD chooses an id after the last one',
    steps: [
      ['XADD k 9999999999999-5 f v', '9999999999999-5'],
      ['XADD k * f v', '9999999999999-6'],
    ],
  },
  {
    title: 'XADD refuses an id that is not after the last one',
    steps: [
      ['XADD k 2-0 f v', '2-0'],
      [
        'XADD k 1-0 f v',
        error('ERR The ID specified in XADD is equal or smaller than the target stream top item'),
      ],
    ],
  },
  {
    title: 'XADD NOMKSTREAM does not create a stream',
    steps: [
      ['XADD k NOMKSTREAM 1-0 f v', null],
      ['EXISTS k', 0],
    ],
  },
  {
    title: 'XADD MAXLEN is exact',
    steps: [
      ['XADD k 1-0 f v', '1-0'],
      ['XADD k MAXLEN = 1 2-0 f v', '2-0'],
      ['XLEN k', 1],
    ],
  },
  {
    title: 'XADD MAXLEN ~ may keep more',
    steps: [
      ['XADD k 1-0 f v', '1-0'],
      ['XADD k MAXLEN ~ 1 2-0 f v', '2-0'],
      ['XLEN k', 2],
    ],
  },
  {
    title: 'XTRIM MINID removes older entries',
    steps: [
      ['XADD k 1-0 f v', '1-0'],
      ['XADD k 2-0 f v', '2-0'],
      ['XTRIM k MINID 2', 1],
      ['XRANGE k - +', [['2-0', ['f', 'v']]]],
    ],
  },
  {
    title: 'XDEL removes an entry, and its id cannot be used again',
    steps: [
      ['XADD k 1-0 f v', '1-0'],
      ['XDEL k 1-0', 1],
      ['XLEN k', 0],
      [
        'XADD k 1-0 f v',
        error('ERR The ID specified in XADD is equal or smaller than the target stream top item'),
      ],
    ],
  },
  {
    title: 'XRANGE accepts an exclusive bound',
    steps: [
      ['XADD k 1-0 f v', '1-0'],
      ['XRANGE k (1-0 +', []],
    ],
  },
];
