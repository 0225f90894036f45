import { isManifestName } from '../discover/listing.ts';
import type { Problem } from '../model/finding.ts';
import { baseNameOf, folderOf, isWithin, joinPath } from '../model/path.ts';
import { EngineError, type FileProblem } from '../ports/engine.ts';
import type { SourceTree } from '../ports/source-tree.ts';
import type { AppPair } from './affected.ts';
import type { RunContext } from './context.ts';
import { type Look, ownFilesIn, type Rendered } from './render-app.ts';
import type { SideView } from './side.ts';

const SIDES = ['base', 'merged'] as const;

/** What is said of a place that a person and the cluster read differently (A11). */
const WORDS = {
  parse: {
    rule: 'render/unreadable-file',
    severity: 'high',
    enforcement: 'required',
    why: 'Nothing of it can be applied, and what it was meant to be cannot be judged.',
    fix: 'Correct the syntax at this line.',
  },
  limit: {
    rule: 'render/unreadable-file',
    severity: 'high',
    enforcement: 'required',
    why: 'It was not read to its end, so a key that is set twice could stand in the rest of it.',
    fix: 'Put in quotes what is named before, or split the file.',
  },
  duplicate: {
    rule: 'render/duplicate-key',
    severity: 'high',
    enforcement: 'required',
    why: 'The cluster takes the last value and drops the others without a word, so that a reviewer may look at one that never runs.',
    fix: 'Keep one of them.',
  },
  ambiguous: {
    rule: 'render/ambiguous-value',
    severity: 'low',
    enforcement: 'advice',
    why: 'Tools that follow YAML 1.2 read another value than the cluster does.',
    fix: 'Put the text in quotes, or write true, false or the decimal number.',
  },
  ignored: {
    rule: 'render/ignored-text',
    severity: 'medium',
    enforcement: 'advice',
    why: 'It looks like an object and is none.',
    fix: 'Separate documents with a line of three dashes.',
  },
} as const;

function toProblem(found: FileProblem, side: Problem['side'], app: string): Problem | undefined {
  const words = Object.hasOwn(WORDS, found.code) ? WORDS[found.code as keyof typeof WORDS] : undefined;
  if (words === undefined) return undefined;
  const file = found.path.replace(/^\//, '');
  const text = `${file}: ${found.message}`;
  return {
    ...words,
    side,
    alias: '',
    app,
    object: null,
    pointer: '',
    key: file,
    facets: [text],
    message: text,
    location: { file, line: found.line, endLine: found.line },
  };
}

/** One side: its files, and what its kustomizations name. */
export type WrittenSide = Pick<SideView, 'graph'> & { readonly listing: Pick<SideView['listing'], 'tree'> };

/** Does a build take the file as it is, as data of a ConfigMap or Secret? Then no cluster reads it as YAML. */
function isData(path: string, { tool }: Look, { graph }: WrittenSide): boolean {
  return tool === 'kustomize' && graph.namedBy.has(path) && !graph.carried.has(path);
}

/** Templates are YAML only when they are rendered, also those of a chart that a kustomization inflates. */
function isTemplate(path: string, files: readonly string[]): boolean {
  return files.some((file) => {
    const isChart = baseNameOf(file) === 'Chart.yaml';
    return isChart && isWithin(path, joinPath(folderOf(file), 'templates'));
  });
}

/** Files of this side that are read as YAML themselves: templates of a chart are not, nor what a generator takes for parameters. */
function filesOf({ looks, failure }: Rendered, changed: ReadonlySet<string>, side: WrittenSide): readonly string[] {
  if (failure !== undefined) return [];
  const written = looks.filter(({ tool }) => tool !== 'helm' && tool !== 'set');
  return written.flatMap((look) => {
    const files = ownFilesIn(look);
    return files
      .filter((path) => changed.has(path) && isManifestName(path))
      .filter((path) => !isData(path, look, side) && !isTemplate(path, files));
  });
}

async function problemsIn(
  path: string,
  tree: SourceTree,
  { engine, signal }: RunContext,
): Promise<readonly FileProblem[]> {
  const mounts = [{ at: '/', tree }];
  try {
    return (await engine.run({ operation: 'yaml.parse', mounts, input: { paths: [`/${path}`] } }, signal)).problems;
  } catch (error) {
    // An unfinished read is a problem of the file, not a file without problems.
    if (error instanceof EngineError) return [{ path, line: error.line ?? 1, code: 'limit', message: error.message }];
    throw error;
  }
}

/** What the change leaves in changed files that the cluster reads otherwise than it looks; each file once, for the first app that reads it. */
export async function writtenYaml(
  pairs: readonly AppPair[],
  changed: ReadonlySet<string>,
  sides: { readonly base: WrittenSide; readonly merged: WrittenSide },
  run: RunContext,
): Promise<readonly Problem[]> {
  const found = SIDES.map(async (side) => {
    const readers = new Map<string, string>();
    for (const pair of pairs)
      for (const path of pair[side] === undefined ? [] : filesOf(pair[side], changed, sides[side]))
        if (!readers.has(path)) readers.set(path, pair.id);
    const problems = [...readers].map(async ([path, app]) =>
      (await problemsIn(path, sides[side].listing.tree, run)).flatMap((one) => toProblem(one, side, app) ?? []),
    );
    return (await Promise.all(problems)).flat();
  });
  return (await Promise.all(found)).flat();
}
