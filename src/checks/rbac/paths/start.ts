import { BUILT_IN, type Cause } from '../effective/cause.ts';
import type { PathGraph } from './graph.ts';
import { accountNode, type PathNode, placeOf, type SubjectNode, subjectNode, workloadNode } from './node.ts';
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
  return [
    ...workloads.map((workload) => workloadStart(workload, graph)),
    ...subjectStarts(graph).filter(({ node }) => !used.has(node.key)),
  ];
}

/** The same somebody on the other side; a workload may be there in several forms, or not at all. */
export function sameIn(graph: PathGraph, start: Start): readonly Start[] {
  const { node } = start;
  if (node.kind === 'subject') return [{ ...start, home: subjectHome(node, graph) }];
  return graph.workloadsOf(node.key).map((workload) => workloadStart(workload, graph));
}

function workloadStart(workload: Workload, graph: PathGraph): Start {
  const { manifest, pointer } = workload;
  return { node: workloadNode(workload), at: { manifest, pointer }, home: homeOf(workload, graph) };
}

function subjectHome(node: SubjectNode, { facts }: PathGraph): ReadonlySet<string> {
  return new Set([node.subject.namespace, ...scopesFor(node, facts)]);
}

function accountFor({ manifest, account }: Workload): ReturnType<typeof accountNode> {
  return accountNode(placeOf(manifest), account);
}

function homeOf(workload: Workload, { facts }: PathGraph): ReadonlySet<string> {
  return new Set([workload.manifest.id.namespace, ...scopesFor(accountFor(workload), facts)]);
}

function subjectStarts(graph: PathGraph): readonly Start[] {
  const { facts } = graph;
  const starts = new Map<string, Start>();
  for (const { subject, scope, held } of facts.rights.holdings) {
    const binding = held.find(({ binding: { manifest } }) => manifest.app !== BUILT_IN)?.binding;
    if (binding === undefined) continue;
    const node = subjectNode(
      subject,
      subject.kind === 'ServiceAccount' && subject.namespace === '' ? scope : undefined,
    );
    if (starts.has(node.key) || graph.movesOf(node).length === 0) continue;
    const at = { manifest: binding.manifest, pointer: `/subjects/${subject.index}` };
    starts.set(node.key, { node, at, home: subjectHome(node, graph) });
  }
  return [...starts.values()];
}
