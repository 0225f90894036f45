import { RULE_WORDS } from '../checks/index.ts';
import type { Verdict } from '../model/verdict.ts';
import { validate } from '../pipeline/validate.ts';
import { validateManifests } from '../pipeline/validate-manifests.ts';
import { verdictFormat } from '../report/index.ts';
import { type Command, EXIT, type Io, UsageError } from './command.ts';
import { deliver } from './deliver.ts';
import { openOutside } from './elsewhere.ts';
import { manifestTree } from './manifest-files.ts';
import { readOperatorPolicy } from './operator-policy.ts';
import { type Parsed, parseOptions, REPOSITORY_OPTIONS, repositoryChoice, text, usesCache } from './options.ts';
import { openBench, openRepositoryBench } from './workbench.ts';

const USAGE = `presync check [--repo DIR] [--base REF] [--head REF | --worktree] [--base-branch NAME] [--repo-url URL]…
              [--config FILE] [--format text|json|markdown|sarif|junit|html] [--output FILE] [--offline] [--no-cache]
presync check --manifests PATH…     the object checks on plain manifests; - reads standard input`;

const OPTIONS = {
  ...REPOSITORY_OPTIONS,
  base: { type: 'string' },
  head: { type: 'string' },
  worktree: { type: 'boolean' },
  manifests: { type: 'boolean' },
} as const;

/** The verdict on the merge of head into base. */
export const check: Command = {
  summary: 'the verdict on the merge of a head into its base',
  usage: USAGE,
  async run(args, io) {
    const options = parseOptions(args, OPTIONS, USAGE, true);
    const format = verdictFormat(text(options, 'format') ?? 'text');
    if (format === undefined)
      throw new UsageError(
        `--format ${text(options, 'format')} is no format; there are text, json, markdown, sarif, junit and html`,
      );
    const verdict = options.values['manifests'] === true ? await ofManifests(options, io) : await ofChange(options, io);
    const output = text(options, 'output');
    const look = { color: io.color && output === undefined, rules: RULE_WORDS };
    await deliver(format(verdict, look), output, io);
    return EXIT[verdict.conclusion];
  },
};

async function ofChange(options: Parsed, io: Io): Promise<Verdict> {
  if (options.positionals.length > 0)
    throw new UsageError(`"${options.positionals[0]}" is no option; files are checked with --manifests\n${USAGE}`);
  if (options.values['worktree'] === true && text(options, 'head') !== undefined)
    throw new UsageError('--head and --worktree exclude one another');
  const operatorPolicy = await readOperatorPolicy(text(options, 'config'), io);
  const bench = await openRepositoryBench(repositoryChoice(options), io);
  try {
    const base = await bench.resolveBase(text(options, 'base'));
    const head =
      options.values['worktree'] === true
        ? await bench.repository.worktreeCommit()
        : await bench.repository.resolve(text(options, 'head') ?? 'HEAD');
    const input = { base, head, baseBranch: bench.baseBranch, repositoryUrls: bench.urls, operatorPolicy };
    return await validate(input, bench, AbortSignal.any([]));
  } finally {
    await bench.close();
  }
}

async function ofManifests(options: Parsed, io: Io): Promise<Verdict> {
  const paths = options.positionals;
  if (paths.length === 0) throw new UsageError(`--manifests wants files or folders, or - for standard input\n${USAGE}`);
  const operatorPolicy = await readOperatorPolicy(text(options, 'config'), io);
  const tree = await manifestTree(paths, io);
  const bench = await openBench(io, { usesCache: usesCache(options) });
  const outside = openOutside(io, {
    ...bench,
    usesCache: usesCache(options),
    isOffline: options.values['offline'] === true,
    // Whoever names the files names the images.
    rule: { mayUse: () => true },
  });
  try {
    const ports = { ...bench, images: { ...outside.images, known: [] } };
    return await validateManifests({ tree, operatorPolicy }, ports, AbortSignal.any([]));
  } finally {
    await outside.close();
    await bench.close();
  }
}
