/*
 * Redis scripts of the sessions; each is one command and one round trip. A session is a hash with the fields
 * `initialize`, `logLevel`, `uses` and `endsAtMs`. A principal's sorted set holds the ids of its sessions, scored with
 * when each ends unless it is used again: what has ended is a range of scores, and what is removed first comes first.
 */

/** KEYS: the set, the session. ARGV: as named in the first line. */
export const createScript = `
local id, initialize, bytes, nowMs, endsAtMs, initialSeconds, slidingSeconds, maxSessions, maxBytes, sessions, subscriptions = unpack(ARGV)
local function sizeOf(each) return tonumber(string.sub(each, 10, 12), 36) or 0 end

redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', nowMs)
local ids = redis.call('ZRANGE', KEYS[1], 0, -1)
local count, total = #ids + 1, tonumber(bytes)
for _, each in ipairs(ids) do total = total + sizeOf(each) end
for _, each in ipairs(ids) do
  if count <= tonumber(maxSessions) and total <= tonumber(maxBytes) then break end
  redis.call('DEL', sessions .. each, subscriptions .. each)
  redis.call('ZREM', KEYS[1], each)
  count, total = count - 1, total - sizeOf(each)
end

redis.call('HSET', KEYS[2], 'initialize', initialize, 'uses', 0, 'endsAtMs', endsAtMs)
redis.call('EXPIRE', KEYS[2], initialSeconds)
redis.call('ZADD', KEYS[1], nowMs + initialSeconds * 1000, id)
redis.call('EXPIRE', KEYS[1], slidingSeconds)
return id
`;

/** KEYS: the set. ARGV: as named in the first line; an empty id stands for the newest session that lives. */
export const useScript = `
local id, nowMs, initialSeconds, slidingSeconds, sessions = unpack(ARGV)

local function use(each)
  local key = sessions .. each
  local uses, endsAtMs, initialize, logLevel = unpack(redis.call('HMGET', key, 'uses', 'endsAtMs', 'initialize', 'logLevel'))
  if not uses then return nil end
  local seconds = tonumber(uses) > 0 and slidingSeconds or initialSeconds
  local left = math.min(seconds * 1000, endsAtMs - nowMs)
  if left <= 0 then return nil end
  if uses == '0' then redis.call('HSET', key, 'uses', 1) end
  redis.call('PEXPIRE', key, left)
  redis.call('ZADD', KEYS[1], nowMs + left, each)
  redis.call('EXPIRE', KEYS[1], slidingSeconds)
  return { each, initialize, logLevel }
end

if id ~= '' then return use(id) or false end
local ids = redis.call('ZRANGE', KEYS[1], 0, -1)
table.sort(ids, function(a, b) return a > b end)
for _, each in ipairs(ids) do
  local found = use(each)
  if found then return found end
end
return false
`;

/** KEYS: the session. ARGV: the level. */
export const setLogLevelScript = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
return redis.call('HSET', KEYS[1], 'logLevel', ARGV[1])
`;
