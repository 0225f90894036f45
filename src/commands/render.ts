import { renderAll } from '../pipeline/render-all.ts';
import { renderFormat } from '../report/index.ts';
import { type Command, EXIT, UsageError } from './command.ts';
import { deliver } from './deliver.ts';
import { parseOptions, REPOSITORY_OPTIONS, repositoryChoice, text, texts } from './options.ts';
import { readOperatorPolicy } from './operator-policy.ts';
import { openRepositoryBench } from './workbench.ts';

const USAGE = `presync render [--repo DIR] [--ref REF] [--base-branch NAME] [--repo-url URL]… [--config FILE] [--app ID]…
               [--format yaml|json] [--output FILE] [--offline] [--no-cache]`;

const OPTIONS = { ...REPOSITORY_OPTIONS, ref: { type: 'string' }, app: { type: 'string', multiple: true } } as const;

/** The objects that each app would apply. */
export const render: Command = {
  summary: 'the objects that each app would apply',
  usage: USAGE,
  async run(args, io) {
    const options = parseOptions(args, OPTIONS, USAGE);
    const format = renderFormat(text(options, 'format') ?? 'yaml');
    if (format === undefined)
      throw new UsageError(`--format ${text(options, 'format')} is not built yet; there are yaml and json`);
    const operatorPolicy = await readOperatorPolicy(text(options, 'config'), io);
    const bench = await openRepositoryBench(repositoryChoice(options), io);
    try {
      const commit = await bench.repository.resolve(text(options, 'ref') ?? 'HEAD');
      const input = {
        commit,
        baseBranch: bench.baseBranch,
        repositoryUrls: bench.urls,
        operatorPolicy,
        only: texts(options, 'app'),
      };
      const report = await renderAll(input, bench, AbortSignal.any([]));
      await deliver(format(report), text(options, 'output'), io);
      for (const { app, reason } of report.errors) io.note(`${app}: ${reason}`);
      return report.errors.length === 0 ? EXIT.passed : EXIT.errored;
    } finally {
      await bench.close();
    }
  },
};
