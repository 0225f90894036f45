import { BUILT_IN, type Cause } from '../effective/cause.ts';
import type { PathGraph } from './graph.ts';
import { type PathNode, placeOf, accountNode, subjectNode, workloadNode } from './node.ts';
import { scopesFor } from './rights-edges.ts';
import type { Workload } from './workload.ts';

/** Somebody from whom ways begin. */
export interface Start {
  readonly node: PathNode;
  /** Where it stands in Git. */
  readonly at: Cause;
  /** Namespaces in which it is at home: its own, and those in which something was given to it. */
  readonly home: ReadonlySet<string>;
}

/** Every workload, and whoever else is bound to something in Git; an account with a workload is reached from there. */
export function startsOf(graph: PathGraph): readonly Start[] {
  const workloads = graph.inventory.all();
  const used = new Set(workloads.filter((one) => graph.inventory.hasToken(one)).map((one) => accountFor(one).key));
  const fromWorkloads = workloads.map((workload): Start => {
    const { manifest, pointer } = workload;
    return { node: workloadNode(workload), at: { manifest, pointer }, home: homeOf(workload, graph) };
  });
  return [...fromWorkloads, ...subjectStarts(graph).filter(({ node }) => !used.has(node.key))];
}

function accountFor({ manifest, account }: Workload): ReturnType<typeof accountNode> {
  return accountNode(placeOf(manifest), account);
}

function homeOf(workload: Workload, { facts }: PathGraph): ReadonlySet<string> {
  return new Set([workload.manifest.id.namespace, ...scopesFor(accountFor(workload), facts)]);
}

function subjectStarts({ facts }: PathGraph): readonly Start[] {
  const starts = new Map<string, Start>();
  for (const { subject, scope, held } of facts.rights.holdings.values()) {
    const binding = held.find(({ binding: { manifest } }) => manifest.app !== BUILT_IN)?.binding;
    if (binding === undefined) continue;
    const node = subjectNode(
      subject,
      subject.kind === 'ServiceAccount' && subject.namespace === '' ? scope : undefined,
    );
    if (starts.has(node.key)) continue;
    const home = new Set([subject.namespace, ...scopesFor(node, facts)]);
    starts.set(node.key, { node, at: { manifest: binding.manifest, pointer: `/subjects/${subject.index}` }, home });
  }
  return [...starts.values()];
}
