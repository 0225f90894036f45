import type { Severity } from '../../../model/severity.ts';
import { reaches } from '../../../model/severity.ts';
import type { RbacRule } from '../rule.ts';
import { escapableTakeover, pathToCluster, pathToNamespace, workloadTakeover } from './rules.ts';
import type { Way } from './search.ts';
import type { Start } from './start.ts';

/** A way, and what it is worth saying. */
export interface Judged {
  readonly start: Start;
  readonly way: Way;
  readonly rule: RbacRule;
  readonly severity: Severity;
  /** The start may do it by itself: a workload by its account, everybody else by what it holds. */
  readonly isDirect: boolean;
  readonly isCertain: boolean;
  /** More than the start may by itself, or a workload that is too powerful. */
  readonly isFinding: boolean;
  countsAsMuchAs(other: Judged): boolean;
}

export function judgeWay(start: Start, way: Way): Judged {
  const isDirect = isOwn(start, way);
  const rule = ruleFor(start, way, isDirect);
  const severity = severityOf(start, way, rule);
  return {
    start,
    way,
    rule,
    severity,
    isDirect,
    isCertain: way.edges.every(({ doubt }) => doubt === undefined),
    isFinding: isFinding(start, way, isDirect),
    countsAsMuchAs: (other) => isDirect || reaches(severity, other.severity),
  };
}

function isOwn({ node }: Start, { edges }: Way): boolean {
  return edges.length <= (node.kind === 'workload' ? 2 : 1) && !edges.some(({ isJoint }) => isJoint === true);
}

function isFinding({ node, home }: Start, { end, edges }: Way, isDirect: boolean): boolean {
  if (end.namespace === '') return !isDirect || (node.kind === 'workload' && edges[0]?.to.kind === 'subject');
  // Whoever reaches everybody in the cluster is said to do so by what it holds, not namespace by namespace.
  const isEverywhere = edges.some(({ to }) => to.kind === 'hub' && to.place === '');
  return !isDirect && !home.has(end.namespace) && !isEverywhere;
}

function ruleFor({ node }: Start, { end }: Way, isDirect: boolean): RbacRule {
  if (end.namespace !== '') return pathToNamespace;
  if (!isDirect || node.kind !== 'workload') return pathToCluster;
  return node.workload.weaknesses.length > 0 ? escapableTakeover : workloadTakeover;
}

function severityOf({ node }: Start, { edges }: Way, rule: RbacRule): Severity {
  if (edges.some(({ doubt }) => doubt === 'operator')) return 'medium';
  const isAssumed = edges.some(({ doubt }) => doubt === 'assumed');
  if (rule === pathToNamespace && isAssumed) return 'medium';
  const getsOut = node.kind === 'workload' && edges[0]?.to.kind === 'machine';
  return isAssumed || (rule === pathToCluster && getsOut) ? 'high' : rule.severity;
}
