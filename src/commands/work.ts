import { type Command, UsageError } from './command.ts';
import { parseOptions } from './options.ts';
import { serveUntilStopped } from './service.ts';

const USAGE =
  'presync work     a worker on the queue in REDIS_URL; answers /healthz and /readyz on PORT. Settings: docs/settings.md';

export const work: Command = {
  summary: 'a worker on the queue in Redis',
  usage: USAGE,
  run(args, io) {
    parseOptions(args, {}, USAGE);
    return serveUntilStopped(({ redisUrl }) => {
      if (redisUrl === undefined)
        throw new UsageError('a worker of its own needs REDIS_URL; without Redis, `presync serve` does both');
      return { web: false, workers: true };
    }, io);
  },
};
