import type { Redis } from 'ioredis';

/** BullMQ takes priorities up to 2^21 - 1: https://docs.bullmq.io/guide/jobs/prioritized */
const MAX_TURN = 2_097_151;

/**
 * Start-time fair queueing: a job's turn is one after the last turn of its installation, but never before the turn that is
 * being served. So a newcomer waits for one job of each busy installation, not for all of them, and nobody starves (A33).
 */
const NEXT_TURN = `
local served = tonumber(redis.call('HGET', KEYS[1], 'served') or '0')
local last = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0')
local turn = math.min(math.max(served, last) + 1, tonumber(ARGV[2]))
redis.call('HSET', KEYS[1], ARGV[1], turn)
redis.call('EXPIRE', KEYS[1], 86400)
return turn`;

const SERVE = `
if tonumber(ARGV[1]) > tonumber(redis.call('HGET', KEYS[1], 'served') or '0') then
  redis.call('HSET', KEYS[1], 'served', ARGV[1])
end`;

export interface FairOrder {
  nextTurn(tenant: number): Promise<number>;
  served(turn: number): Promise<void>;
}

export function fairOrder(redis: Redis, key: string): FairOrder {
  return {
    async nextTurn(tenant) {
      return Number(await redis.eval(NEXT_TURN, 1, key, String(tenant), String(MAX_TURN)));
    },
    async served(turn) {
      // Far from the end of the scale, turns start anew: once in a million jobs an order is lost, never a job.
      if (turn >= MAX_TURN / 2) await redis.del(key);
      else await redis.eval(SERVE, 1, key, String(turn));
    },
  };
}
