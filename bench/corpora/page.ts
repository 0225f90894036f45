import type { AppResult, ObjectChange, Verdict } from '../../src/model/verdict.ts';
import { type Corpus, CORPORA, type Pair } from './pairs.ts';

export interface Row {
  readonly corpus: Corpus;
  readonly pair: Pair;
  readonly commits: readonly [base: string, head: string];
  readonly verdict: Verdict;
}

/** The kinds of sentences that these repositories bring out, in a few words. */
const SHORT: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/external plugin '(\w+)'.*shown without/, 'plugin $1, shown without it'],
  [/external plugin '(\w+)'/, 'plugin $1'],
  [/cannot unmarshal string into Kustomization\.patches/, 'invalid `patches:`'],
  [/its content is \S+ \S+ .*it is not fetched/, 'chart from elsewhere'],
  [/its content is oci:.*it is not fetched/, 'chart or artifact of a registry'],
  [/its content is .*it is not fetched/, 'content from elsewhere'],
  [/it is not fetched, because of --offline/, 'base from elsewhere'],
  [/its source is (\w+) \S+, which presync does not read/, 'source $1'],
];

function short(reason: string): string {
  const [found] = SHORT.flatMap(([pattern, words]) => {
    const match = pattern.exec(reason);
    return match === null ? [] : [words.replace('$1', match[1] ?? '')];
  });
  return (found ?? reason.slice(-80)).replaceAll('|', '\\|');
}

function counted(words: readonly string[]): string {
  const counts = Map.groupBy(words, (word) => word);
  return [...counts]
    .map(([word, all]) => `${all.length} × ${word}`)
    .toSorted()
    .join('; ');
}

function line({ pair, commits, verdict }: Row): string {
  const { apps, changes, findings, conclusion, timings } = verdict;
  const affected = apps.filter(({ change }: AppResult) => change !== 'unchanged');
  const errored = affected.filter(({ outcome }) => outcome === 'errored').map(({ reason }) => short(reason));
  const objects = (change: ObjectChange['change']) => changes.filter((one) => one.change === change).length;
  const status = (name: string) => findings.filter((one) => one.status === name).length;
  const cells = [
    `${pair.number}`,
    commits.map((commit) => commit.slice(0, 10)).join(' → '),
    conclusion,
    `${affected.length} of ${apps.length}`,
    counted(errored) || 'none',
    `+${objects('added')} ~${objects('changed')} -${objects('removed')}`,
    `${status('new')} / ${status('existing')} / ${status('fixed')}`,
    `${Object.values(timings).reduce((sum, ms) => sum + ms, 0)}`,
  ];
  return `| ${cells.join(' | ')} |`;
}

function section(corpus: Corpus, rows: readonly Row[]): string {
  const head = [
    '| change | commits of the bundle | conclusion | apps affected | could not be rendered | objects | findings new / existing / fixed | ms |',
    '| --: | :-- | :-- | :-- | :-- | :-- | :-- | --: |',
  ];
  const lines = rows.filter((row) => row.corpus === corpus).map(line);
  return [
    `## ${corpus.origin}`,
    '',
    `${corpus.licence}; test data only, never part of an image or a package.`,
    '',
    ...head,
    ...lines,
  ].join('\n');
}

function unseen(): string {
  const lines = CORPORA.flatMap(({ prefix, pairs }) =>
    pairs.flatMap(({ number, known }) =>
      known.flatMap(({ unseen: left, kind, count }) =>
        left === undefined ? [] : [`- ${prefix} ${number}, ${left.count} of ${count} ${kind}: ${left.reason}.`],
      ),
    ),
  );
  return ['## Known, and not shown', '', ...lines].join('\n');
}

/** docs/corpora.md. */
export function page(rows: readonly Row[]): string {
  const intro = [
    '# Changes of public repositories',
    '',
    'Written by `npm run corpora`, held by `test/conformance/corpora.test.ts`: real changes, each judged by `presync check` from a cold start',
    'with nothing from the network. Times are the sum of all stages on two shared cores. An app that could not be rendered, and an image that',
    'could not be looked up, makes its change `errored` at best; what its other parts render to is still shown and checked.',
  ].join('\n');
  return `${[intro, ...CORPORA.map((corpus) => section(corpus, rows)), unseen()].join('\n\n')}\n`;
}
