import { PolicyError } from '../config/policy-error.ts';
import type { Change } from '../model/change.ts';
import type { Problem } from '../model/finding.ts';
import type { CommitSha } from '../model/ids.ts';
import { changedFiles } from '../model/tree.ts';
import type { Verdict } from '../model/verdict.ts';
import type { Clock } from '../ports/clock.ts';
import type { Engine } from '../ports/engine.ts';
import type { Memo } from '../ports/memo.ts';
import type { Repository } from '../ports/repository.ts';
import { accountFor } from './account.ts';
import { type AppPair, isAffected, pairApps, type Sides } from './affected.ts';
import type { RunContext } from './context.ts';
import { type CredentialRule, ofBase, tellApps, tellImages } from './credential-rule.ts';
import type { ImagePorts } from './image-evidence.ts';
import { withManagedNamespaces } from '../checks/provenance/managed-namespaces.ts';
import { guardingBase } from './guards-elsewhere.ts';
import { compareSides, judgeAll, judgeContext, worldOf } from './judge.ts';
import { dependencyCycles } from './dependency-cycles.ts';
import { movedDestinations } from './destination.ts';
import { renderDeferred } from './deferred.ts';
import { learnProvenance } from './learn-provenance.ts';
import { locate } from './locate.ts';
import { remoteProblems } from './remote-findings.ts';
import { noRemotes, type Remotes } from './remotes.ts';
import { renderApp } from './render-app.ts';
import { rewriter } from './rewrite.ts';
import { type PolicyText, rulesOf } from './rules.ts';
import { viewSide } from './side.ts';
import { erroredVerdict, verdictOf } from './verdict.ts';
import { standingElsewhere } from './standing-elsewhere.ts';
import { suggest } from './suggest.ts';
import { undeclared } from './undeclared-problems.ts';
import { unpredictable } from './unpredictable.ts';
import { builtInObjects, wholeWorlds } from './whole-worlds.ts';
import { writtenYaml } from './written-yaml.ts';

export interface ValidateInput {
  readonly base: CommitSha;
  readonly head: CommitSha;
  readonly baseBranch: string;
  readonly repositoryUrls: readonly string[];
  readonly operatorPolicy?: PolicyText | undefined;
}

export interface ValidatePorts {
  readonly repository: Repository;
  readonly engine: Engine;
  readonly memo?: Memo | undefined;
  readonly clock: Clock;
  /** Without it, what lies elsewhere is errored. */
  readonly remotes?: Remotes | undefined;
  /** Without it nobody is asked who stands behind the images, and there is no check `provenance`. */
  readonly images?: ImagePorts | undefined;
  /** Told what the base says of it; whoever reads registries asks it. */
  readonly credentials?: CredentialRule | undefined;
}

export const NOT_FETCHED = noRemotes('presync does not fetch it');

interface Stage {
  readonly input: ValidateInput;
  readonly ports: ValidatePorts;
  readonly signal: AbortSignal;
  readonly timings: Record<string, number>;
}

async function timed<T>(name: string, stage: Stage, work: () => Promise<T>): Promise<T> {
  const { clock } = stage.ports;
  const start = clock.elapsedMs();
  try {
    return await work();
  } finally {
    stage.timings[name] = Math.round(clock.elapsedMs() - start);
  }
}

/** Merge, discover, render, compare, check, conclude: DESIGN 2. Throws only when the run as a whole cannot go on. */
export async function validate(input: ValidateInput, ports: ValidatePorts, signal: AbortSignal): Promise<Verdict> {
  const stage: Stage = { input, ports, signal, timings: {} };
  const versions = await ports.engine.versions();
  const merge = await timed('merge', stage, () => ports.repository.merge(input.base, input.head));
  if (merge.status === 'conflict') {
    const commits = { base: input.base, head: input.head, tree: '' };
    return erroredVerdict({ ...commits, versions, check: 'merge', reason: merge.sentence, timings: stage.timings });
  }
  const change: Change = { base: input.base, head: input.head, tree: merge.tree };
  try {
    return await judgeChange(change, versions, stage);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return erroredVerdict({ ...change, versions, check: 'policy', reason: error.message, timings: stage.timings });
  }
}

async function judgeChange(change: Change, versions: Verdict['versions'], stage: Stage): Promise<Verdict> {
  const { input, ports, signal } = stage;
  const [baseTree, mergedTree] = await Promise.all([
    ports.repository.tree(change.base),
    ports.repository.tree(change.tree),
  ]);
  const { policy, proposed } = await rulesOf(baseTree, mergedTree, input.operatorPolicy);
  const ownUrls = [...input.repositoryUrls, ...policy.repository.urls];
  const { engine, memo, remotes = NOT_FETCHED, credentials } = ports;
  credentials?.follow(policy);
  const { baseBranch } = input;
  const run: RunContext = { engine, memo, policy, ownUrls, baseBranch, remotes, defersElsewhere: true, signal };
  // One after the other: what one side has rendered need not be rendered again where the other is alike. The base comes first, as
  // what it refers to may be read with credentials.
  const ofTheBase = { ...run, remotes: ofBase(remotes, credentials) };
  const base = await timed('renderBase', stage, () => viewSide(baseTree, ofTheBase));
  const apps = [...base.apps.values()].map(({ app }) => app);
  tellApps(credentials, apps);
  const merged = await timed('render', stage, () => viewSide(mergedTree, run));
  const sides: Sides = { base, merged, changed: changedFiles(baseTree.entries, mergedTree.entries) };
  const known = await timed('deferred', stage, () => renderDeferred(pairApps(sides), sides, run));
  const { plain } = await timed('account', stage, () => accountFor(known.filter(isAffected), sides, run));
  // What the account found under a known id is what stands there.
  const pairs = [...new Map([...known, ...plain].map((pair) => [pair.id, pair])).values()];
  const touched = pairs.filter(isAffected);
  const judging = judgeContext(pairs, policy, ports.clock.now());
  const whole = wholeWorlds(pairs, await builtInObjects(run));
  tellImages(ports.credentials, worldOf('base', touched), policy);
  const asking = {
    policy,
    images: ports.images,
    base: () => guardingBase(whole.base, { pairs, base }, run),
    merged: withManagedNamespaces(whole.merged),
    elsewhere: () => standingElsewhere({ pairs, touched, base }, run),
    engine,
    lock: remotes.lock(),
    now: judging.now,
  };
  const learnt = await timed('images', stage, () => learnProvenance(touched, asking, signal));
  const { provenance, warnings } = learnt;
  const given = { ...judging, proposed, whole, provenance };
  const judged = await timed('check', stage, () => judgeAll(touched, given, signal));
  const blaming = { sides, pairs: touched, run, judging, whole, provenance };
  const blamed = await timed('blame', stage, () => locate(judged, blaming));
  const rewrite = rewriter(mergedTree, (app, tree) => renderApp(app, tree, run));
  const located = await suggest(blamed, { pairs: touched, tree: mergedTree, provenance, rewrite });
  const text = await timed('text', stage, () => problemsOfText(touched, sides, run));
  const own = [...text, ...undeclared(touched, whole, policy)];
  const written = compareSides(own, judging);
  const facts = {
    change,
    versions,
    pairs,
    changedFiles: sides.changed.length,
    lock: [...remotes.lock(), ...learnt.lock],
    provenance,
    warnings,
  };
  return verdictOf({ ...facts, judging, judged: located, written, timings: stage.timings });
}

/** What no check of objects says: of the text, and of what was made of it. */
async function problemsOfText(touched: readonly AppPair[], sides: Sides, run: RunContext): Promise<readonly Problem[]> {
  const paths = new Set(sides.changed.map(({ path }) => path));
  return [
    ...(await writtenYaml(touched, paths, sides, run)),
    ...unpredictable(touched),
    ...remoteProblems(touched, run.remotes.moved()),
    ...dependencyCycles(touched, sides),
    ...movedDestinations(touched),
  ];
}
