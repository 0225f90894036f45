import { systemClock } from '../adapters/clock/system-clock.ts';
import { engineStamp } from '../adapters/engine/engine-stamp.ts';
import { verifyImages } from '../pipeline/verify-images.ts';
import type { VerifiedImage } from '../model/verify-report.ts';
import { verifyFormat } from '../report/verify.ts';
import { type Command, EXIT, UsageError } from './command.ts';
import { deliver } from './deliver.ts';
import { readOperatorPolicy } from './operator-policy.ts';
import { parseOptions, text, usesCache } from './options.ts';
import { openOutside } from './elsewhere.ts';
import { ownEngine } from './engine-binary.ts';
import { noteTroubles, openCache } from './kept.ts';

const USAGE = 'presync verify IMAGE… [--config FILE] [--format text|json] [--output FILE] [--offline] [--no-cache]';

const OPTIONS = {
  config: { type: 'string' },
  format: { type: 'string' },
  output: { type: 'string' },
  offline: { type: 'boolean' },
  'no-cache': { type: 'boolean' },
} as const;

/** Who stands behind images alone. */
export const verify: Command = {
  summary: 'who signed and built an image, and whether that is enough',
  usage: USAGE,
  async run(args, io) {
    const options = parseOptions(args, OPTIONS, USAGE, true);
    const format = verifyFormat(text(options, 'format') ?? 'text');
    if (format === undefined)
      throw new UsageError(`--format ${text(options, 'format')} is none of verify; there are text and json`);
    const images = options.positionals;
    if (images.length === 0) throw new UsageError(`verify wants the name of an image\n${USAGE}`);
    const policyText = await readOperatorPolicy(text(options, 'config'), io);
    const isOffline = options.values['offline'] === true;
    const cache = await openCache(io, { isWanted: usesCache(options) });
    const build = await engineStamp(ownEngine().binary);
    // Whoever asks names the images.
    const rule = { mayUse: () => true as const };
    const outside = openOutside(io, { isOffline, usesCache: usesCache(options), rule, build, cache });
    try {
      const ports = { ...outside.images, clock: systemClock() };
      const report = await verifyImages({ images, policyText }, ports, AbortSignal.any([]));
      const output = text(options, 'output');
      await deliver(format(report, { color: io.color && output === undefined }), output, io);
      return statusOf(report.images);
    } finally {
      await outside.close();
      await cache.flush();
      noteTroubles(cache, io);
    }
  },
};

const GOOD: ReadonlySet<VerifiedImage['status']> = new Set(['verified', 'not-required']);

function statusOf(images: readonly VerifiedImage[]): number {
  const bad = images.filter(({ status }) => !GOOD.has(status));
  if (bad.some(({ status }) => status !== 'errored')) return EXIT.failed;
  return bad.length > 0 ? EXIT.errored : EXIT.passed;
}
