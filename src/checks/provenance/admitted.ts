import { type JsonObject, objectAt } from '../../model/json.ts';
import { labelSelector } from '../../model/label-selector.ts';
import { groupOf, type Manifest } from '../../model/manifest.ts';
import type { ObjectSelector } from '../../model/policy.ts';

/** An object that the API server admits before an image runs. */
export interface Admitted {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly labels: JsonObject;
  /** Made by a controller, which adds labels of its own. */
  readonly isMade: boolean;
}

/** What the controllers of Kubernetes make of each other's objects, and where the labels of that stand. */
const MADE: Readonly<Record<string, readonly (readonly [made: string, template: readonly string[]])[]>> = {
  '/Pod': [],
  'apps/Deployment': [
    ['apps/v1 replicasets', ['spec', 'template']],
    ['/v1 pods', ['spec', 'template']],
  ],
  'apps/ReplicaSet': [['/v1 pods', ['spec', 'template']]],
  'apps/DaemonSet': [['/v1 pods', ['spec', 'template']]],
  'apps/StatefulSet': [['/v1 pods', ['spec', 'template']]],
  '/ReplicationController': [['/v1 pods', ['spec', 'template']]],
  'batch/Job': [['/v1 pods', ['spec', 'template']]],
  'batch/CronJob': [
    ['batch/v1 jobs', ['spec', 'jobTemplate']],
    ['/v1 pods', ['spec', 'jobTemplate', 'spec', 'template']],
  ],
};

/** https://kubernetes.io/docs/reference/labels-annotations-taints/: their values are known to the cluster only. */
const ADDED =
  /^(?:pod-template-hash|controller-revision-hash|pod-template-generation|statefulset\.kubernetes\.io\/pod-name|apps\.kubernetes\.io\/pod-index|(?:batch\.kubernetes\.io\/)?(?:controller-uid|job-name|job-completion-index))$/;

/** The object in Git, and those that are made of it; undefined where nobody here knows what its controller makes. */
export function admittedOf({ id, object }: Manifest): readonly Admitted[] | undefined {
  const group = groupOf(id.apiVersion);
  const key = `${group}/${id.kind}`;
  if (!Object.hasOwn(MADE, key)) return undefined;
  const own = { group, version: id.apiVersion.replace(/^.*\//, ''), resource: `${id.kind.toLowerCase()}s` };
  const made = (MADE[key] ?? []).map(([name, template]) => {
    const [, madeGroup = '', version = '', resource = ''] = /^(.*)\/(.*) (.*)$/.exec(name) ?? [];
    return { group: madeGroup, version, resource, labels: labelsOf(template.reduce(objectAt, object)), isMade: true };
  });
  return [{ ...own, labels: labelsOf(object), isMade: false }, ...made];
}

function labelsOf(object: JsonObject): JsonObject {
  return objectAt(objectAt(object, 'metadata'), 'labels');
}

/** Is one of them selected, or may it be? What is not known is never a reason to leave a rule out. */
export function isSelected(
  selectors: readonly ObjectSelector[] | undefined,
  admitted: readonly Admitted[] | undefined,
): boolean {
  if (selectors === undefined || admitted === undefined) return true;
  return selectors.some((selector) => admitted.some((one) => isOne(selector, one)));
}

function isOne({ group, version, resource, selector }: ObjectSelector, one: Admitted): boolean {
  if (resource !== one.resource || group !== one.group || (version !== '*' && version !== one.version)) return false;
  if (selector === undefined) return true;
  const read = labelSelector(selector);
  return (one.isMade && read.keys.some((key) => ADDED.test(key))) || read.matches(one.labels);
}
