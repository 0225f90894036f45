import type { Manifest } from '../../../model/manifest.ts';
import type { ClusterRights } from '../effective/cluster.ts';
import type { Context, RbacRule } from '../rule.ts';
import type { Subject } from '../subject.ts';
import { listed } from '../wording.ts';
import { type Escape, escapesOf } from './escape.ts';
import { GitopsObjects } from './gitops-objects.ts';
import { Inventory } from './inventory.ts';
import {
  accountNode,
  type Edge,
  type HubNode,
  hubNode,
  MACHINE,
  ON_NODES,
  type PathNode,
  placeOf,
  subjectNode,
  type SubjectNode,
  workloadNode,
} from './node.ts';
import { operatorEdges, OperatorIndex } from './operators.ts';
import { roleEdges, type RightsFacts, subjectEnds, subjectMoves } from './rights-edges.ts';
import { mountedSecrets, type Workload } from './workload.ts';

/** One side of one cluster. */
export interface GraphInput {
  readonly manifests: readonly Manifest[];
  readonly rights: ClusterRights;
  readonly granting: readonly RbacRule[];
  readonly context: Context;
}

/** Who can become whom in one cluster on one side. Edges are read when they are asked for, once. */
export class PathGraph {
  readonly inventory: Inventory;
  readonly facts: RightsFacts;
  readonly #edges = new Map<string, readonly Edge[]>();
  readonly #moves = new Map<string, readonly Edge[]>();
  readonly #accounts: ReadonlyMap<string, readonly SubjectNode[]>;
  readonly #users: readonly SubjectNode[];
  readonly #operators: OperatorIndex;
  #byKey: ReadonlyMap<string, readonly Workload[]> | undefined;

  constructor({ manifests, rights, granting, context }: GraphInput) {
    this.inventory = new Inventory(manifests);
    const gitops = new GitopsObjects(manifests, this.inventory);
    const { holdings, byIdentity } = rights;
    const accounts = holdings.flatMap(({ subject, scope }) => accountIn(subject, scope));
    this.#accounts = Map.groupBy(distinct(accounts), ({ subject, place }) => place ?? subject.namespace);
    this.#users = distinct(
      holdings.filter(({ subject }) => subject.kind === 'User').map((one) => subjectNode(one.subject)),
    );
    this.#operators = new OperatorIndex(manifests, this.inventory);
    const byName = Map.groupBy([...this.#accounts.values()].flat(), ({ subject }) => subject.name);
    this.facts = {
      inventory: this.inventory,
      gitops,
      rights,
      granting,
      context,
      scopesOf: (identity) => [...(byIdentity.get(identity)?.keys() ?? [])],
      accountsNamed: (name) => byName.get(name) ?? [],
    };
  }

  workloadsOf(key: string): readonly Workload[] {
    this.#byKey ??= Map.groupBy(this.inventory.all(), (workload) => workloadNode(workload).key);
    return this.#byKey.get(key) ?? [];
  }

  edgesOf(node: PathNode): readonly Edge[] {
    const known = this.#edges.get(node.key) ?? this.#read(node);
    this.#edges.set(node.key, known);
    return known;
  }

  /** Whom somebody becomes, without the ends: most become nobody, and need not be asked for more. */
  movesOf(node: SubjectNode): readonly Edge[] {
    const known = this.#moves.get(node.key) ?? [
      ...subjectMoves(node, this.facts),
      ...operatorEdges(node, this.facts, this.#operators),
    ];
    this.#moves.set(node.key, known);
    return known;
  }

  #read(node: PathNode): readonly Edge[] {
    switch (node.kind) {
      case 'subject':
        return [...subjectEnds(node, this.facts), ...this.movesOf(node)];
      case 'role':
        return roleEdges(node, this.facts);
      case 'workload':
        return this.workloadsOf(node.key).flatMap((workload) => this.#fromWorkload(workload, node.label));
      case 'machine':
        return [
          { to: ON_NODES, text: '', by: [] },
          { to: hubNode('pods', ''), text: ONTO_PODS, by: [] },
        ];
      case 'hub':
        return this.#members(node).map((to) => ({ to, text: '', by: [] }));
      case 'end':
        return [];
    }
  }

  #members({ of, place }: HubNode): readonly PathNode[] {
    switch (of) {
      case 'pods':
        return (place === '' ? this.inventory.all() : (this.inventory.workloads.get(place) ?? [])).map(workloadNode);
      case 'accounts':
        return place === '' ? [...this.#accounts.values()].flat() : (this.#accounts.get(place) ?? []);
      case 'users':
        return this.#users;
    }
  }

  /** One object may be rendered in several forms: what any of them does counts. */
  #fromWorkload(workload: Workload, label: string): readonly Edge[] {
    const { manifest } = workload;
    const place = placeOf(manifest);
    const token = this.inventory.hasToken(workload) ? [this.#asAccount(workload, label)] : [];
    const mounted = new Set(mountedSecrets(workload));
    const secrets = (this.inventory.tokens.get(place) ?? []).filter((one) => mounted.has(one.manifest.id.name));
    const [escape, ...more] = escapesOf(workload);
    return [
      ...token,
      ...secrets.map((one) => ({
        to: accountNode(place, one.account),
        text: `${label} mounts the token in Secret \`${one.manifest.id.name}\``,
        by: [
          { manifest, pointer: workload.podPointer },
          { manifest: one.manifest, pointer: '/type' },
        ],
      })),
      ...(escape === undefined ? [] : [outOf(label, manifest, [escape, ...more])]),
    ];
  }

  #asAccount(workload: Workload, label: string): Edge {
    const { manifest, account, pointer } = workload;
    const to = accountNode(placeOf(manifest), account);
    const own = this.inventory.accountManifest(placeOf(manifest), account);
    const by = [{ manifest, pointer }, ...(own === undefined ? [] : [{ manifest: own, pointer: '' }])];
    const weak = workload.weaknesses.length === 0 ? '' : `, with ${listed(workload.weaknesses)},`;
    return { to, text: `${label}${weak} runs as ${to.label}`, by };
  }
}

const ONTO_PODS = 'whoever holds a node has the tokens of all pods on it';

function outOf(label: string, manifest: Manifest, escapes: readonly Escape[]): Edge {
  const words = [...new Set(escapes.map(({ text }) => text))];
  const by = escapes.map(({ pointer }) => ({ manifest, pointer }));
  return { to: MACHINE, text: `${label} holds its node by ${listed(words)}`, by };
}

/** An account without a namespace is one of the app whose binding names it. */
function accountIn(subject: Subject, scope: string): readonly SubjectNode[] {
  if (subject.kind !== 'ServiceAccount') return [];
  if (subject.namespace !== '') return [subjectNode(subject)];
  return scope.startsWith('\u0001') ? [subjectNode(subject, scope)] : [];
}

function distinct(nodes: readonly SubjectNode[]): readonly SubjectNode[] {
  return [...new Map(nodes.map((node) => [node.key, node])).values()];
}
