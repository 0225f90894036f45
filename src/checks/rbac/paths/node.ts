import type { Manifest } from '../../../model/manifest.ts';
import { subjectText } from '../binding-rule.ts';
import { objectKey, type Cause } from '../effective/cause.ts';
import type { HeldRule } from '../effective/cluster.ts';
import { readSubject, type Subject } from '../subject.ts';
import { quoted } from '../wording.ts';
import type { Workload } from './workload.ts';

/** A user, a group or a service account. */
export interface SubjectNode {
  readonly kind: 'subject';
  readonly key: string;
  readonly label: string;
  readonly subject: Subject;
  /** The only scope in which it can hold anything, for an account of a namespace that only the controller knows. */
  readonly place: string | undefined;
}

/** Whoever is inside one of its pods. */
export interface WorkloadNode {
  readonly kind: 'workload';
  readonly key: string;
  readonly label: string;
  readonly workload: Workload;
}

/** Whoever has bound itself to a role. */
export interface RoleNode {
  readonly kind: 'role';
  readonly key: string;
  readonly label: string;
  readonly scope: string;
  readonly rules: readonly HeldRule[];
}

/** Whoever is root on a node. */
export interface MachineNode {
  readonly kind: 'machine';
  readonly key: string;
  readonly label: string;
}

/** Many at once, so that those who reach them need one edge each: all pods or accounts of a place ('' is the cluster), or all users. */
export interface HubNode {
  readonly kind: 'hub';
  readonly key: string;
  readonly label: string;
  readonly of: 'pods' | 'accounts' | 'users';
  readonly place: string;
}

/** What a way ends in. */
export interface EndNode {
  readonly kind: 'end';
  readonly key: string;
  readonly label: string;
  /** '' for an end that is about the whole cluster. */
  readonly namespace: string;
}

export type PathNode = SubjectNode | WorkloadNode | RoleNode | MachineNode | HubNode | EndNode;

/** How one becomes another. */
export interface Edge {
  readonly to: PathNode;
  /** A sentence without its full stop; '' on the way out of a hub. */
  readonly text: string;
  /** What lets it happen, all of it: the way is new by whichever of these is. */
  readonly by: readonly Cause[];
  /** Not certain: rights that a controller has unless it is told otherwise, or what an operator makes of its objects. */
  readonly doubt?: 'assumed' | 'operator' | undefined;
  /** Another object than roles and bindings makes it what it is, so no finding about rights says it. */
  readonly isJoint?: true;
}

/** Whom one becomes, and what besides the grant lets it. */
export interface Lead {
  readonly to: PathNode;
  readonly by?: readonly Cause[];
  readonly doubt?: Edge['doubt'];
  readonly isJoint?: true;
}

export function subjectNode(subject: Subject, place?: string): SubjectNode {
  const key = `subject ${subject.identity} ${place ?? ''}`;
  return { kind: 'subject', key, label: subjectText(subject), subject, place };
}

export function accountNode(place: string, name: string): SubjectNode {
  const isUnknown = place.startsWith('\u0001');
  const subject = readSubject({ kind: 'ServiceAccount', name, namespace: isUnknown ? '' : place }, 0, '');
  return subjectNode(subject, isUnknown ? place : undefined);
}

export function workloadNode(workload: Workload): WorkloadNode {
  const { kind, name } = workload.manifest.id;
  return {
    kind: 'workload',
    key: `workload ${objectKey(workload.manifest)}`,
    label: `${kind} ${quoted(name)}`,
    workload,
  };
}

export function hubNode(of: HubNode['of'], place: string): HubNode {
  const where = place === '' ? 'of the cluster' : `of namespace ${quoted(place)}`;
  return { kind: 'hub', key: `${of} ${place}`, label: `every one of the ${of} ${where}`, of, place };
}

export const MACHINE: MachineNode = { kind: 'machine', key: 'machine', label: 'a node' };

function clusterEnd(key: string, label: string): EndNode {
  return { kind: 'end', key, label, namespace: '' };
}

export const POWER = clusterEnd('cluster', 'power over the cluster');
const SECRETS = clusterEnd('secrets', 'every Secret of the cluster');
const NODES = clusterEnd('nodes', 'the nodes of the cluster');
const ADMISSION = clusterEnd('admission', 'every object that is admitted to the cluster');

/** What is critical and yet not all of the cluster. */
const ENDS: ReadonlyMap<string, EndNode> = new Map([
  ['rbac/secrets-read-cluster-wide', SECRETS],
  ['rbac/nodes-proxy', NODES],
  ['rbac/admission-webhooks', ADMISSION],
]);

export function endOf(rule: string): EndNode {
  return ENDS.get(rule) ?? POWER;
}

export const ON_NODES = NODES;

export function namespaceEnd(namespace: string): EndNode {
  return { kind: 'end', key: `namespace ${namespace}`, label: `namespace ${quoted(namespace)}`, namespace };
}

/** The namespace, or what stands for that of objects whose namespace only the controller knows: one for each app. */
export function placeOf({ id, app }: Manifest): string {
  return id.namespace === '' ? `\u0001${app}` : id.namespace;
}
