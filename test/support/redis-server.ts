import { type RedisServer, startRedisServer } from '../../dev/redis-server.ts';
import { ensureCommand } from './debian-package.ts';

/** Starts an empty Redis on a free loopback port, installed first where that is possible. */
export function startRedis(): Promise<RedisServer> {
  ensureCommand('redis-server', 'redis-server');
  return startRedisServer();
}
