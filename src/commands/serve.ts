import type { Command } from './command.ts';
import { parseOptions } from './options.ts';
import { serveUntilStopped } from './service.ts';

const USAGE =
  'presync serve     webhook and web; the workers too where REDIS_URL is not set. Settings: docs/settings.md';

export const serve: Command = {
  summary: 'webhook and web, with the workers where there is no Redis',
  usage: USAGE,
  run(args, io) {
    parseOptions(args, {}, USAGE);
    return serveUntilStopped(({ redisUrl }) => ({ web: true, workers: redisUrl === undefined }), io);
  },
};
