import { objectAt, textAt } from '../../../model/json.ts';
import { groupOf, type Manifest } from '../../../model/manifest.ts';
import type { Atom } from '../../../model/rbac.ts';
import { BUILT_IN } from '../effective/cause.ts';
import { heldAsRole } from '../effective/effects.ts';
import { grantedBy } from '../grants.ts';
import { targets, WRITE } from '../target.ts';
import { grantsText, quoted } from '../wording.ts';
import type { Inventory } from './inventory.ts';
import { accountNode, type Edge, placeOf, type SubjectNode } from './node.ts';
import { heldBy, type Power, type RightsFacts, scopesFor } from './rights-edges.ts';
import type { Workload } from './workload.ts';

/** A kind that the repository defines, and what runs in the app that defines it. */
interface Operated {
  readonly definition: Manifest;
  readonly group: string;
  readonly plural: string;
  readonly workloads: readonly Workload[];
}

/** The kinds whose operators the repository brings together with their definitions. */
export class OperatorIndex {
  readonly #byPlural: ReadonlyMap<string, readonly Operated[]>;

  constructor(manifests: readonly Manifest[], inventory: Inventory) {
    const byApp = Map.groupBy(inventory.all(), ({ manifest }) => manifest.app);
    const found = manifests.filter(isDefinition).flatMap((definition) => {
      const spec = objectAt(definition.object, 'spec');
      const workloads = (byApp.get(definition.app) ?? []).filter((one) => inventory.hasToken(one));
      const plural = textAt(objectAt(spec, 'names'), 'plural');
      const isName = [textAt(spec, 'group'), plural].every((word) => /^[a-z0-9.-]+$/.test(word));
      return workloads.length === 0 || !isName ? [] : [{ definition, group: textAt(spec, 'group'), plural, workloads }];
    });
    this.#byPlural = Map.groupBy(found, ({ plural }) => plural);
  }

  get isEmpty(): boolean {
    return this.#byPlural.size === 0;
  }

  named(plural: string): readonly Operated[] {
    return this.#byPlural.get(plural) ?? [];
  }
}

export function isDefinition({ id, app }: Manifest): boolean {
  return (
    groupOf(id.apiVersion) === 'apiextensions.k8s.io' && id.kind === 'CustomResourceDefinition' && app !== BUILT_IN
  );
}

/**
 * Whoever writes the objects of an operator has it do something, with its rights; how much, only the operator knows. Only asked for
 * resources that a role names: whoever may write everything needs no operator.
 */
export function operatorEdges(node: SubjectNode, facts: RightsFacts, operators: OperatorIndex): readonly Edge[] {
  if (operators.isEmpty) return [];
  return scopesFor(node, facts).flatMap((scope) => {
    const power = heldBy(node, scope, facts);
    return [...power.role.grants.byResource.keys()].flatMap((resource) =>
      operators.named(resource).flatMap((operated) => {
        const [target] = targets(`${operated.group}/${operated.plural}:${WRITE}`);
        const atoms = target === undefined ? [] : grantedBy(power.role.grants, target).map(({ atom }) => atom);
        return atoms.length === 0 ? [] : steered(node, operated, { atoms, given: power.given }, facts);
      }),
    );
  });
}

function steered(
  node: SubjectNode,
  { definition, group, plural, workloads }: Operated,
  { atoms, given }: Pick<Power, 'given'> & { readonly atoms: readonly Atom[] },
  facts: RightsFacts,
): readonly Edge[] {
  return workloads
    .filter(({ manifest, account }) => watches(accountNode(placeOf(manifest), account), group, plural, facts))
    .flatMap((workload) => {
      const { manifest, account, pointer } = workload;
      const to = accountNode(placeOf(manifest), account);
      if (to.key === node.key) return [];
      const operator = `${manifest.id.kind} ${quoted(manifest.id.name)}`;
      const text = `${node.label} can write what ${operator} acts on: ${grantsText(atoms)}`;
      const by = [...atoms.flatMap(given), { manifest: definition, pointer: '/spec/names' }, { manifest, pointer }];
      return [{ to, text, by, doubt: 'operator' as const }];
    });
}

/** Only the one that watches the kind is its operator; others of the app are its metrics and its web pages. */
function watches(account: SubjectNode, group: string, plural: string, facts: RightsFacts): boolean {
  const [target] = targets(`${group}/${plural}:watch`);
  return scopesFor(account, facts).some((scope) => {
    const { grants } = heldAsRole({ subject: account.subject, scope }, facts.rights);
    return target !== undefined && grantedBy(grants, target).length > 0;
  });
}
