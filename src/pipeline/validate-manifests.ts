import { manifestsRoot } from '../discover/plain.ts';
import type { Verdict } from '../model/verdict.ts';
import { judgeAll, judgeContext } from './judge.ts';
import { renderApp } from './render-app.ts';
import { parsePolicy, type PolicyText } from './rules.ts';
import type { ValidatePorts } from './validate.ts';
import { verdictOf } from './verdict.ts';
import type { SourceTree } from '../ports/source-tree.ts';

/** The object checks on plain manifests: there is no base, so all that they find is new. */
export async function validateManifests(
  { tree, operatorPolicy }: { readonly tree: SourceTree; readonly operatorPolicy: PolicyText | undefined },
  { engine, clock }: Pick<ValidatePorts, 'engine' | 'clock'>,
  signal: AbortSignal,
): Promise<Verdict> {
  const policy = parsePolicy(operatorPolicy);
  const versions = await engine.versions();
  const app = manifestsRoot(
    '',
    tree.entries.map(({ path }) => path),
    policy,
  );
  const merged = await renderApp(app, tree, { engine, policy, ownUrls: [], baseBranch: '', signal });
  const pairs = [{ id: app.id, base: undefined, merged, change: 'added' }] as const;
  const judging = judgeContext(pairs, policy, clock.now());
  const judged = await judgeAll(pairs, { ...judging, proposed: undefined }, signal);
  const commits = { base: '', head: '', tree: '' };
  return verdictOf({
    change: commits,
    versions,
    pairs,
    changedFiles: tree.entries.length,
    judging,
    judged,
    timings: {},
  });
}
