import fc from 'fast-check';
import {
  any,
  digits,
  future,
  key,
  maybe,
  member,
  options,
  score,
  scoreBound,
  some,
  streamBound,
  streamId,
  word,
} from './random-words.ts';

const trim = fc.oneof(
  any('MAXLEN', maybe(word('=', '~')), digits),
  any('MINID', maybe(word('=', '~')), streamId),
);
const limit = any('LIMIT', digits, digits);

const strings = [
  any('GET', key),
  any('SET', key, fc.oneof(member, digits), maybe(options('NX', 'XX', 'GET', 'KEEPTTL', any('EX', future)))),
  any(
    'SET',
    key,
    member,
    word('EX', 'PX', 'EXAT', 'PXAT'),
    digits.filter((text) => !/^[1-6]$/.test(text)),
  ),
  any('GETEX', key, maybe(fc.oneof(any('EX', future), any('PX', word('0', 'x')), any('PERSIST'), any('NX')))),
  any('GETDEL', key),
  any('MGET', some(key)),
  any('MSET', some(key, 2)),
  any(word('INCR', 'DECR'), key),
  any('INCRBY', key, digits),
];
const keys = [
  any(word('DEL', 'UNLINK', 'EXISTS'), some(key)),
  any(word('TYPE', 'TTL', 'PERSIST'), key),
  any('EXPIRE', key, fc.oneof(future, word('0', '-5', 'x')), maybe(options('NX', 'XX', 'GT', 'LT', 'ZZ'))),
  any('PEXPIRE', key, word('3600000', '0', '9223372036854775807')),
  any('KEYS', word('*', 'a', '[a-b]', '[^a]', '?', '\\a', 'a*', '[b-', 'x')),
  any('DBSIZE'),
  any(
    'SCAN',
    word('0', 'x'),
    maybe(fc.oneof(any('COUNT', word('100', '0', 'x')), any('TYPE', word('hash', 'zset')))),
  ),
];
const hashes = [
  any('HSET', key, some(member, 2)),
  any('HSETNX', key, member, member),
  any(word('HGET', 'HEXISTS'), key, member),
  any(word('HMGET', 'HDEL'), key, some(member)),
  any(word('HGETALL', 'HLEN'), key),
  any('HINCRBY', key, member, digits),
];
const sets = [
  any(word('SADD', 'SREM', 'SMISMEMBER'), key, some(member)),
  any(word('SMEMBERS', 'SCARD'), key),
  any('SISMEMBER', key, member),
];
const sortedSets = [
  any(
    'ZADD',
    key,
    maybe(options('NX', 'XX', 'GT', 'LT', 'CH', 'INCR')),
    score,
    member,
    maybe(any(score, member)),
  ),
  any('ZADD', key, maybe(word('CH', 'XX')), score, member, score, member),
  any('ZREM', key, some(member)),
  any('ZSCORE', key, member),
  any('ZCARD', key),
  any(word('ZCOUNT', 'ZREMRANGEBYSCORE'), key, scoreBound, scoreBound),
  any('ZRANGE', key, digits, digits, maybe(options('REV', 'WITHSCORES', limit))),
  any('ZRANGE', key, scoreBound, scoreBound, 'BYSCORE', maybe(options('REV', 'WITHSCORES', limit))),
  any('ZREVRANGE', key, digits, digits, maybe(word('WITHSCORES', 'REV'))),
  any('ZREMRANGEBYRANK', key, digits, digits),
];
const streams = [
  any('XADD', key, streamId, some(member, 1)),
  any('XADD', key, maybe('NOMKSTREAM'), maybe(trim), maybe(any('LIMIT', digits)), streamId, member, member),
  any('XLEN', key),
  any(word('XRANGE', 'XREVRANGE'), key, streamBound, streamBound, maybe(any('COUNT', digits))),
  any('XDEL', key, some(streamId)),
  any('XTRIM', key, trim, maybe(any('LIMIT', digits))),
];
const others = [any('PING', maybe(member)), any('PUBLISH', key, member), any('FLUSHALL')];

const given = fc.oneof(
  { weight: 3, arbitrary: fc.oneof(...strings) },
  { weight: 3, arbitrary: fc.oneof(...keys) },
  { weight: 2, arbitrary: fc.oneof(...hashes) },
  { weight: 2, arbitrary: fc.oneof(...sets) },
  { weight: 5, arbitrary: fc.oneof(...sortedSets) },
  { weight: 4, arbitrary: fc.oneof(...streams) },
  { weight: 1, arbitrary: fc.oneof(...others) },
);

type Transform = (words: string[]) => string[];
const asIs: Transform = (words) => words;
const tooShort: Transform = (words) => (words.length > 1 ? words.slice(0, -1) : words);
const tooLong: Transform = (words) => [...words, '1'];
const counter = /^(?:INCR|DECR|INCRBY|HINCRBY)$/;
/**
 * Not for the largest integers, nor for counters, which may have reached them before: Lua's doubles round them up, and
 * converting that back is undefined in C.
 */
const inScript =
  (call: string): Transform =>
  (words) =>
    counter.test(words[0] ?? '') || words.some((text) => text.length > 18)
      ? words
      : ['EVAL', `return redis.${call}(unpack(ARGV))`, '0', ...words];

const transform = fc.oneof(
  { weight: 12, arbitrary: fc.constant(asIs) },
  { weight: 1, arbitrary: fc.constantFrom(tooShort, tooLong) },
  { weight: 2, arbitrary: fc.constantFrom(inScript('call'), inScript('pcall')) },
);

/** Sequences of commands whose replies depend only on the commands before them. */
export const commandSequence: fc.Arbitrary<string[][]> = fc.array(
  fc.tuple(given, transform).map(([words, apply]) => apply(words)),
  { minLength: 1, maxLength: 40 },
);
