import { asksForEvidence } from '../checks/provenance/index.ts';
import { kustomizeGraph } from '../discover/kustomize-graph.ts';
import { listingOf } from '../discover/listing.ts';
import { manifestsRoot } from '../discover/plain.ts';
import type { Verdict } from '../model/verdict.ts';
import { FORGETFUL } from '../ports/memo.ts';
import { compareSides, judgeAll, judgeContext } from './judge.ts';
import { learnProvenance } from './learn-provenance.ts';
import { locateWritten } from './locate-written.ts';
import { renderApp } from './render-app.ts';
import { parsePolicy, type PolicyText } from './rules.ts';
import { NOT_FETCHED, type ValidatePorts } from './validate.ts';
import { verdictOf } from './verdict.ts';
import { writtenYaml } from './written-yaml.ts';
import type { SourceTree } from '../ports/source-tree.ts';

/** The object checks on plain manifests: there is no base, so all that they find is new. */
export async function validateManifests(
  { tree, operatorPolicy }: { readonly tree: SourceTree; readonly operatorPolicy: PolicyText | undefined },
  { engine, clock, images }: Pick<ValidatePorts, 'engine' | 'clock' | 'images'>,
  signal: AbortSignal,
): Promise<Verdict> {
  const policy = await parsePolicy(operatorPolicy);
  const versions = await engine.versions();
  const app = manifestsRoot(
    '',
    tree.entries.map(({ path }) => path),
    policy,
  );
  const run = { engine, policy, ownUrls: [], baseBranch: '', remotes: NOT_FETCHED, defersElsewhere: false, signal };
  const merged = await renderApp(app, tree, run);
  const pairs = [{ id: app.id, base: undefined, merged, change: 'added' }] as const;
  const judging = judgeContext(pairs, policy, clock.now());
  // There is nothing to compare with: who stands behind the images matters where the policy asks for somebody.
  const asked = policy.images.some(asksForEvidence) ? images : undefined;
  const nothing = { base: nobody, merged: [], elsewhere: nobody, lock: [] };
  const asking = { policy, images: asked, ...nothing, engine, now: judging.now };
  const { provenance, lock, warnings } = await learnProvenance(pairs, asking, signal);
  const found = await judgeAll(pairs, { ...judging, proposed: undefined, provenance }, signal);
  const judged = await locateWritten(found, merged.manifests, tree);
  const paths = tree.entries.map(({ path }) => path);
  const listing = listingOf(tree);
  const side = { listing, graph: await kustomizeGraph(listing, FORGETFUL) };
  const text = await writtenYaml(pairs, new Set(paths), { base: side, merged: side }, run);
  const written = compareSides(text, judging);
  const commits = { base: '', head: '', tree: '' };
  const verdict = verdictOf({
    change: commits,
    versions,
    pairs,
    changedFiles: paths.length,
    judging,
    judged,
    written,
    lock,
    provenance,
    warnings,
    timings: {},
  });
  // That no app reads them is what the user asked for.
  const findings = verdict.findings.filter(({ rule }) => rule !== 'discover/uncovered');
  return { ...verdict, findings, notes: warnings };
}

function nobody(): Promise<readonly never[]> {
  return Promise.resolve([]);
}
