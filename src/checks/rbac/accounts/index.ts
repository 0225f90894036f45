import type { Problem } from '../../../model/finding.ts';
import { clusterRights } from '../effective/cluster.ts';
import type { OneSide } from '../effective/sides.ts';
import { danglingAccountProblems } from './dangling.ts';
import { exposedProblems } from './exposed.ts';
import { fluxProblems } from './flux.ts';
import { projectProblems } from './projects.ts';
import { type AccountLooking, accountSide } from './side.ts';
import { switchProblems } from './switch.ts';
import { credentialProblems } from './workloads.ts';

/** Who runs, syncs and applies as whom in one cluster, and what that account may do. Without a base, what is not there proves nothing. */
export function accountProblems(
  base: OneSide | undefined,
  merged: OneSide,
  looking: AccountLooking,
): readonly Problem[] {
  const nothing = { manifests: [], rights: clusterRights([]) };
  const before = accountSide('base', base ?? nothing, looking);
  const after = accountSide('merged', merged, looking);
  return [
    ...[before, after].flatMap((side) => [
      ...exposedProblems(side, looking),
      ...credentialProblems(side, looking),
      ...(base === undefined ? [] : danglingAccountProblems(side, looking)),
      ...projectProblems(side, looking),
    ]),
    ...switchProblems(before, after, looking),
    ...fluxProblems(before, after, looking),
  ];
}
