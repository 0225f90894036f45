import type { Problem } from '../../../model/finding.ts';
import type { Manifest } from '../../../model/manifest.ts';
import { ruleCovers } from '../../../model/rbac.ts';
import type { ClusterRights } from '../effective/cluster.ts';
import { heldFor } from '../effective/diff.ts';
import type { Subject } from '../subject.ts';
import { listed, quoted } from '../wording.ts';
import { type Exposure, Exposures } from './exposure.ts';
import { isOverCluster, type Power } from './rights.ts';
import { exposedTakeover } from './rules.ts';
import { type AccountLooking, type AccountSide, problemOf } from './side.ts';
import { holdsToken, type Identity } from './token.ts';
import { whoRuns } from './workloads.ts';

/** Workloads that are reachable from outside and whose account has power over the cluster; said where the change has a part in it. */
export function exposedProblems(side: AccountSide, { touched }: AccountLooking): readonly Problem[] {
  const exposures = new Exposures(side.manifests);
  return side.identities.filter(holdsToken).flatMap((identity) => {
    const found = exposures.of(identity.workload);
    if (found.length === 0) return [];
    const powers = side.accounts
      .powersOf(identity.account)
      .filter((power) => power.severity === 'critical' && isOverCluster(power));
    const [worst] = powers;
    if (worst === undefined) return [];
    const parts = [
      { manifest: identity.workload.manifest, pointer: identity.workload.pointer },
      ...found.map(({ manifest }) => ({ manifest, pointer: '/spec' })),
      ...giversOf(identity.account, worst, side.rights),
    ];
    const at = parts.find(({ manifest }) => touched.has(manifest.app));
    return at === undefined ? [] : [toProblem(identity, { found, powers, worst, at, side: side.side })];
  });
}

interface Exposed {
  readonly found: readonly Exposure[];
  readonly powers: readonly Power[];
  readonly worst: Power;
  readonly at: { readonly manifest: Manifest; readonly pointer: string };
  readonly side: Problem['side'];
}

function toProblem(identity: Identity, { found, powers, worst, at, side }: Exposed): Problem {
  const doors = [...new Set(found.map(exposureText))].toSorted();
  const facets = [...powers.map(({ effect, scope }) => `${effect.rule.id} ${scope}`), ...doors];
  const message = `${whoRuns(identity)} and is reachable from outside by ${listed(doors)}; ${worst.effect.hit.message}`;
  const key = `exposed ${identity.key}`;
  return problemOf(exposedTakeover, at.manifest, {
    side,
    pointer: at.pointer,
    key,
    facets: [...new Set(facets)].toSorted(),
    message,
  });
}

function exposureText({ manifest, by }: Exposure): string {
  const { kind, name } = manifest.id;
  return by === kind ? `${kind} ${quoted(name)}` : `${kind} ${quoted(name)} (${by})`;
}

/** The binding and the role by which the account has it. */
function giversOf(
  account: Subject,
  { scope, effect }: Power,
  rights: ClusterRights,
): readonly { readonly manifest: Manifest; readonly pointer: string }[] {
  const giver = heldFor({ subject: account, scope }, rights).find(({ rules }) =>
    rules.some(({ rule }) => ruleCovers(rule, effect.atom)),
  );
  if (giver === undefined) return [];
  return [
    { manifest: giver.binding.manifest, pointer: '/roleRef' },
    { manifest: giver.role.manifest, pointer: '/rules' },
  ];
}
