import type { Provenance } from '../checks/check.ts';
import type { LockEntry } from '../model/lock.ts';
import type { Manifest } from '../model/manifest.ts';
import type { Policy } from '../model/policy.ts';
import { joiningNamespaces } from '../checks/provenance/foreign/included.ts';
import { foreignRules } from '../checks/provenance/foreign/index.ts';
import { joinForeign } from './foreign-rules.ts';
import type { AppPair } from './affected.ts';
import { artifactsIn } from './artifacts.ts';
import type { Engine } from '../ports/engine.ts';
import { imagePolicies } from './image-policies.ts';
import { gatherEvidence, type ImagePorts } from './image-evidence.ts';
import { worldOf } from './judge.ts';
import { ownTrust, withRoots } from './trust.ts';

export interface Learnt {
  /** Absent where nobody can be asked. */
  readonly provenance: Provenance | undefined;
  readonly lock: readonly LockEntry[];
  /** Sentences for every reader: a root of trust grows old. */
  readonly warnings: readonly string[];
}

export interface LearnInput {
  readonly policy: Policy;
  readonly images: ImagePorts | undefined;
  /** All objects of the base: what other tools obey is asked before the merge too. Not looked for where nobody is asked. */
  readonly base: () => Promise<readonly Manifest[]>;
  /** All objects of the merge result. */
  readonly merged: readonly Manifest[];
  /** Evaluates what only expressions decide. */
  readonly engine: Engine;
  /** Those that run what the change brings; not looked for where nobody is asked. */
  readonly elsewhere: () => Promise<readonly Manifest[]>;
  /** What of the apps came from elsewhere. */
  readonly lock: readonly LockEntry[];
  readonly now: Date;
}

/** Who stands behind the images of these apps, by the rules of the base. */
export async function learnProvenance(
  pairs: readonly AppPair[],
  { policy, images, merged, elsewhere, engine, lock, now, ...given }: LearnInput,
  signal: AbortSignal,
): Promise<Learnt> {
  if (images === undefined) return { provenance: undefined, lock: [], warnings: [] };
  const base = await given.base();
  // The first of a name counts.
  const asking = foreignRules([...joiningNamespaces(base, merged), ...base]);
  const { trust, rules, leftOut } = joinForeign(policy, ownTrust(policy), asking);
  const worlds = { base: worldOf('base', pairs), merged: worldOf('merged', pairs) };
  const known = { rules, artifacts: artifactsIn(pairs, lock), elsewhere: await elsewhere(), now };
  const judged = [worlds.base, worlds.merged];
  const { imageFields } = policy;
  const policies = await imagePolicies({ engine, base, merged, worlds: judged, imageFields }, trust, signal);
  const trustFor = () => withRoots(policies?.trust ?? trust, policy, images.roots);
  const gathered = await gatherEvidence({ ...worlds, ...known, policy, policies, trustFor }, images, signal);
  const { provenance, warnings } = gathered;
  return { provenance, lock: gathered.lock, warnings: warnings === undefined ? [] : [...warnings, ...leftOut] };
}
