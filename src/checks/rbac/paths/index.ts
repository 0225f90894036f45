import type { Problem } from '../../../model/finding.ts';
import { objectAt } from '../../../model/json.ts';
import type { Manifest } from '../../../model/manifest.ts';
import { subjectText } from '../binding-rule.ts';
import { type IsChanged, objectKey } from '../effective/cause.ts';
import type { ClusterRights } from '../effective/cluster.ts';
import type { Context, RbacRule } from '../rule.ts';
import { GOOD_PRACTICES } from '../rule.ts';
import { listed, quoted } from '../wording.ts';
import { accountOf, endOf, giverOf, type Path, PathSearch } from './search.ts';
import { readWorkload, type Workload } from './workload.ts';

const TAKEOVER = {
  enforcement: 'threshold',
  why: 'Whoever gets into the workload, by a flaw in it or by a changed image, goes this way.',
  fix: 'Give the workload an account that may do only what it needs, or do not mount a token: `automountServiceAccountToken: false`.',
  references: [GOOD_PRACTICES],
  takesOver: [],
  hits: () => [],
} as const;

export const workloadTakeover: RbacRule = {
  ...TAKEOVER,
  id: 'rbac/workload-takeover',
  alias: 'RB-103',
  title: 'No workload is a way to power over the cluster',
  severity: 'high',
  scale: 'high',
};

export const escapableTakeover: RbacRule = {
  ...TAKEOVER,
  id: 'rbac/escapable-takeover',
  alias: 'RB-104',
  title: 'No workload that holds a node is a way to power over the cluster',
  severity: 'critical',
  scale: 'critical for workloads with a privileged container, the processes or files of the node',
};

export interface PathLooking {
  readonly granting: readonly RbacRule[];
  readonly context: Context;
  readonly isNew: IsChanged;
}

interface OneSide {
  readonly manifests: readonly Manifest[];
  readonly rights: ClusterRights;
}

/** Paths of workloads that the base does not have: from the workload to its account, to what that may become, to what ends it. */
export function pathProblems(base: OneSide, merged: OneSide, looking: PathLooking): readonly Problem[] {
  const { granting, context } = looking;
  const after = new PathSearch(merged.rights, granting, context);
  const reaching = workloadsIn(merged.manifests).flatMap((workload) => {
    const paths = after.pathsOf(accountFor(workload));
    return paths.length === 0 ? [] : [{ workload, paths }];
  });
  if (reaching.length === 0) return [];
  const before = new PathSearch(base.rights, granting, context);
  const was = new Map(workloadsIn(base.manifests).map((workload) => [objectKey(workload.manifest), workload]));
  return reaching.flatMap(({ workload, paths }) => {
    const old = was.get(objectKey(workload.manifest));
    const ends = new Set(old === undefined ? [] : before.pathsOf(accountFor(old)).map(endOf));
    const isWeaker = workload.weaknesses.some((one) => !old?.weaknesses.includes(one));
    return paths
      .filter((path) => isWeaker || !ends.has(endOf(path)))
      .map((path) => toProblem(workload, path, merged.rights, looking.isNew));
  });
}

function accountFor({ manifest, account }: Workload): ReturnType<typeof accountOf> {
  return accountOf(manifest.id.namespace, account);
}

/** Those whose pods get a token: the pod says it, else the account, else it is mounted. */
function workloadsIn(manifests: readonly Manifest[]): readonly Workload[] {
  const accounts = new Map(
    manifests
      .filter(({ id }) => id.kind === 'ServiceAccount' && id.apiVersion === 'v1')
      .map(({ id, object }) => [`${id.namespace}/${id.name}`, object['automountServiceAccountToken']]),
  );
  return manifests.flatMap((manifest) => {
    const workload = readWorkload(manifest);
    if (workload === undefined) return [];
    const mounts = workload.automount ?? accounts.get(`${manifest.id.namespace}/${workload.account}`) ?? true;
    return mounts === false && !mountsToken(manifest) ? [] : [workload];
  });
}

/** A token can be mounted by hand as well; where in the object does not matter. */
function mountsToken({ object }: Manifest): boolean {
  return JSON.stringify(objectAt(object, 'spec')).includes('"serviceAccountToken"');
}

/** Said on the object that opened the path: the workload, a binding or a role on the way; the workload where it is none of them. */
function toProblem(workload: Workload, path: Path, rights: ClusterRights, isNew: IsChanged): Problem {
  const rule = workload.weaknesses.length > 0 ? escapableTakeover : workloadTakeover;
  const { manifest } = workload;
  const givers = path.steps.flatMap((step) => giverOf(step, rights) ?? []);
  const others = givers.flatMap(({ binding, role }) => [
    { at: binding.manifest, pointer: '/roleRef' },
    { at: role.manifest, pointer: '/rules' },
  ]);
  const own = { at: manifest, pointer: workload.pointer };
  const cause = [own, ...others].find(({ at }) => at.app !== '' && isNew(at)) ?? own;
  const { id, alias, severity, enforcement, why, fix } = rule;
  return {
    side: 'merged',
    rule: id,
    alias,
    severity,
    enforcement,
    why,
    fix,
    app: cause.at.app,
    object: cause.at.id,
    pointer: cause.pointer,
    key: ['path', objectKey(manifest), endOf(path)].join(' '),
    facets: [endOf(path), ...workload.weaknesses],
    message: pathText(workload, path, rights),
  };
}

function pathText({ manifest, account, weaknesses }: Workload, path: Path, rights: ClusterRights): string {
  const { kind, name, namespace } = manifest.id;
  const weak = weaknesses.length > 0 ? `, with ${listed(weaknesses)},` : '';
  const start = `${kind} ${quoted(name)}${weak} runs as service account ${quoted(`${namespace}/${account}`)}`;
  const steps = path.steps.map((step) => {
    const by = giverOf(step, rights);
    const through =
      by === undefined ? '' : `, by ${by.binding.manifest.id.kind} ${quoted(by.binding.manifest.id.name)}`;
    return `${step.effect.hit.message}${through}`;
  });
  const [first = '', ...rest] = steps;
  return [
    `${start}: ${first}`,
    ...rest.map(
      (step, index) =>
        `so it becomes ${subjectText(path.steps[index + 1]?.account ?? accountOf(namespace, account))}: ${step}`,
    ),
  ].join('; ');
}
