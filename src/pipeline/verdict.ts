import type { Provenance } from '../checks/check.ts';
import { inventory } from '../checks/images/index.ts';
import { withProvenance } from '../checks/provenance/index.ts';
import { isPlainRoot } from '../model/app.ts';
import type { Finding } from '../model/finding.ts';
import { identityKey } from '../model/manifest.ts';
import { isElsewhere } from '../model/render-source.ts';
import { conclude, type Outcome, outcomeOf } from '../model/outcome.ts';
import type { AppResult, CheckResult, ObjectChange, Verdict } from '../model/verdict.ts';
import { maskVerdict } from '../report/mask-verdict.ts';
import type { AppPair } from './affected.ts';
import { appResult } from './app-results.ts';
import { objectChanges } from './compare.ts';
import { definesApp } from './side.ts';
import { type JudgeContext, type Judged, unknownsText } from './judge.ts';

const SCHEMA = 'presync.verdict/v1';

interface Commits {
  readonly base: string;
  readonly head: string;
  readonly tree: string;
}

/** The verdict of a change that could not be judged at all: one check that says why. */
export function erroredVerdict(
  facts: Commits & {
    readonly versions: Verdict['versions'];
    readonly check: string;
    readonly reason: string;
    readonly timings: Verdict['timings'];
  },
): Verdict {
  const { base, head, tree, versions, check, reason, timings } = facts;
  const checks: readonly CheckResult[] = [{ id: check, outcome: 'errored', reason }];
  const empty = { apps: [], changes: [], findings: [], images: [], lock: [], notes: [reason] };
  return maskVerdict({ schema: SCHEMA, conclusion: 'errored', base, head, tree, versions, ...empty, checks, timings });
}

export interface VerdictFacts {
  readonly change: Commits;
  readonly versions: Verdict['versions'];
  readonly pairs: readonly AppPair[];
  readonly changedFiles: number;
  readonly judging: JudgeContext;
  readonly judged: readonly Judged[];
  /** Findings in the text of changed files, which belong to the check `render`. */
  readonly written: readonly Finding[];
  /** What was brought from elsewhere on the way. */
  readonly lock: Verdict['lock'];
  /** Absent where nobody was asked who stands behind the images. */
  readonly provenance: Provenance | undefined;
  /** Sentences for every reader: a root of trust grows old. */
  readonly warnings: readonly string[];
  readonly timings: Verdict['timings'];
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** In one sentence; `apps` of the verdict has them all. */
const NAMED = 20;

/** The affected apps that could not be rendered, by name: what could not be checked is never green. */
function renderResult(apps: readonly AppResult[]): CheckResult {
  const errored = apps.filter(({ outcome }) => outcome === 'errored');
  const affected = apps.filter(({ change }) => change !== 'unchanged');
  if (affected.length === 0) return { id: 'render', outcome: 'skipped', reason: 'unaffected' };
  if (errored.length === 0)
    return { id: 'render', outcome: 'passed', reason: `${plural(affected.length, 'affected app')} rendered` };
  const rest = errored.length > NAMED ? [`and ${errored.length - NAMED} more`] : [];
  const named = [...errored.slice(0, NAMED).map(({ id, reason }) => `${id}: ${reason}`), ...rest];
  return {
    id: 'render',
    outcome: 'errored',
    reason: `${errored.length} of ${plural(affected.length, 'affected app')} could not be rendered: ${named.join('; ')}`,
  };
}

function discoverResult(apps: readonly AppResult[], changedFiles: number): CheckResult {
  const controlled = apps.filter((app) => !isPlainRoot(app)).length;
  const reason = `${plural(changedFiles, 'changed file')}, ${plural(controlled, 'app')}, ${plural(apps.length - controlled, 'plain root')}`;
  return { id: 'discover', outcome: 'passed', reason };
}

function reasonOf(outcome: Outcome): string {
  switch (outcome.status) {
    case 'passed':
      return '';
    case 'failed':
      return plural(outcome.findings.length, 'new blocking finding');
    case 'skipped':
    case 'errored':
      return outcome.reason;
  }
}

/** What every reader should hear: nothing was found, nothing changed, everything lies elsewhere. */
function notesOf(apps: readonly AppResult[], { pairs, changedFiles }: VerdictFacts): readonly string[] {
  const notes: string[] = [];
  const controlled = pairs.filter(({ base, merged }) =>
    [base, merged].some((one) => one !== undefined && !isPlainRoot(one.app)),
  );
  const elsewhere = controlled.filter(({ merged, base }) => {
    const source = (merged ?? base)?.app.source;
    return source !== undefined && isElsewhere(source);
  });
  if (controlled.length === 0)
    notes.push('No Application or Kustomization was found in this repository; manifests are judged as they stand.');
  else if (elsewhere.length === controlled.length)
    notes.push(
      `All ${plural(controlled.length, 'app')} of this repository point elsewhere; is --repo-url, or repository.urls in .presync.yaml, right?`,
    );
  const touched = apps.filter(({ change }) => change !== 'unchanged');
  if (changedFiles === 0) notes.push('The merge changes no file.');
  else if (touched.length === 0) notes.push('No manifests changed.');
  return notes;
}

/** A folder of controller objects is read by presync itself: the apps that they define are judged. */
function definesAppsOnly(id: string, pairs: readonly AppPair[]): boolean {
  const pair = pairs.find((one) => one.id === id);
  const manifests = [...(pair?.base?.manifests ?? []), ...(pair?.merged?.manifests ?? [])];
  return manifests.length > 0 && manifests.every(({ object }) => definesApp(object));
}

function uncovered(apps: readonly AppResult[], pairs: readonly AppPair[]): readonly Finding[] {
  return apps
    .filter((app) => isPlainRoot(app) && app.change !== 'unchanged' && !definesAppsOnly(app.id, pairs))
    .map(({ id, path, change }) => ({
      rule: 'discover/uncovered',
      alias: '',
      severity: 'info',
      blocking: false,
      status: change === 'added' ? 'new' : 'existing',
      app: id,
      object: null,
      pointer: '',
      message: `No app of Argo CD or Flux in this repository reads ${path || 'the root folder'}.`,
      why: 'It was rendered with default values; where its controller object lives elsewhere, the result may differ from what is applied.',
      fix: 'Keep the Application or Kustomization in this repository, or list the path under ignore: in .presync.yaml if it is not deployed.',
      location: null,
    }));
}

function findingOrder(finding: Finding): string {
  const object = finding.object === null ? '' : identityKey(finding.object);
  return [finding.app, object, finding.rule, finding.pointer, finding.status, finding.message].join('\u0001');
}

function changeOrder({ app, object }: ObjectChange): string {
  return [app, identityKey(object)].join('\u0001');
}

function sortedBy<T>(items: readonly T[], order: (item: T) => string): readonly T[] {
  return items
    .map((item) => ({ item, key: order(item) }))
    .toSorted((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)))
    .map(({ item }) => item);
}

export function verdictOf(facts: VerdictFacts): Verdict {
  const { change, versions, pairs, judging, judged, written, timings } = facts;
  const affected = pairs.filter((pair) => pair.change !== 'unchanged');
  const changes = sortedBy(affected.flatMap(objectChanges), changeOrder);
  const own = [...judged.flatMap(({ findings }) => findings), ...written];
  const apps = sortedBy(
    pairs.flatMap((pair) => appResult({ pair, changes, findings: own }, judging.policy, judging.now) ?? []),
    ({ id }) => id,
  );
  const rendered = [discoverResult(apps, facts.changedFiles), renderResult(apps)];
  const text = outcomeOf(written);
  const checks = [...rendered.map((result) => withText(result, text)), ...judged.map(checkResult)];
  // Masked here, before anything is stored or sent: sentences of renderers repeat the values that they stumble over.
  return maskVerdict({
    schema: SCHEMA,
    conclusion: conclude([...rendered.map(toOutcome), text, ...judged.map(({ outcome }) => outcome)]),
    ...change,
    versions,
    apps,
    changes,
    checks,
    findings: sortedBy([...own, ...uncovered(apps, pairs)], findingOrder),
    images: imagesOf(affected, facts, own),
    lock: facts.lock,
    notes: [...notesOf(apps, facts), ...facts.warnings],
    timings,
  });
}

function imagesOf(
  affected: readonly AppPair[],
  { provenance, judging }: VerdictFacts,
  findings: readonly Finding[],
): Verdict['images'] {
  const { policy } = judging;
  const manifests = affected.flatMap(({ merged }) => merged?.manifests ?? []);
  const listed = inventory(manifests, policy);
  if (provenance === undefined) return listed;
  const merged = { side: 'merged', apps: [], manifests } as const;
  return withProvenance(listed, { merged, policy, provenance, findings });
}

/** What failed still says what it could not look at. */
function checkResult({ id, outcome, unknowns }: Judged): CheckResult {
  const unknown = outcome.status === 'failed' && unknowns.length > 0 ? [unknownsText(unknowns)] : [];
  return { id, outcome: outcome.status, reason: [reasonOf(outcome), ...unknown].join('; ') };
}

/** A change that writes what nobody should merge fails, also where something could not be rendered; both are said. */
function withText(result: CheckResult, text: Outcome): CheckResult {
  if (result.id !== 'render' || text.status !== 'failed') return result;
  return { ...result, outcome: 'failed', reason: [reasonOf(text), result.reason].join('; ') };
}

function toOutcome({ outcome, reason }: CheckResult): Outcome {
  if (outcome === 'passed') return { status: 'passed' };
  return outcome === 'skipped' ? { status: 'skipped', reason: 'unaffected' } : { status: 'errored', reason };
}
