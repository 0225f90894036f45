import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Command, type Io, UsageError } from './command.ts';
import { projectRoot } from './engine-binary.ts';
import { parseOptions } from './options.ts';

const USAGE =
  'presync demo [--once]     the whole service on an example pull request, on this machine; --once ends when it is done';

/** The stand-in for GitHub belongs to the tests, so the demonstration lies outside the product and is there in a clone only. */
interface Demonstration {
  runDemo(choice: { readonly once: boolean }, io: Io): Promise<number>;
}

export const demo: Command = {
  summary: 'the whole service on an example pull request, locally',
  usage: USAGE,
  async run(args, io) {
    const { values } = parseOptions(args, { once: { type: 'boolean' } }, USAGE);
    const file = join(projectRoot(), 'examples', 'demo.ts');
    if (!existsSync(file)) throw new UsageError('the demonstration needs a clone of presync: run `npm run demo` there');
    const demonstration: Demonstration = await import(pathToFileURL(file).href);
    return demonstration.runDemo({ once: values['once'] === true }, io);
  },
};
