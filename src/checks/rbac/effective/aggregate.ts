import { type JsonObject, type JsonValue, listAt, objectAt } from '../../../model/json.ts';
import type { Role } from '../object.ts';
import { labelSelector } from '../../../model/label-selector.ts';

/** Comparisons of a selector with a role, and steps from role to role; the largest public repositories need some thousands. */
const MAX_STEPS = 1_000_000;

interface Labelled {
  readonly role: Role;
  readonly labels: JsonObject;
}

function labelText(label: readonly [key: string, value: JsonValue]): string {
  return JSON.stringify(label);
}

/** Finds the ClusterRoles whose rules another one has. */
export class Aggregation {
  readonly #roles: readonly Labelled[];
  readonly #byLabel = new Map<string, Labelled[]>();
  readonly #selected = new Map<string, readonly Role[]>();
  #steps = 0;

  constructor(roles: readonly Role[]) {
    this.#roles = roles.map((role) => ({ role, labels: labelsOf(role.manifest.object) }));
    for (const one of this.#roles) {
      for (const label of Object.entries(one.labels)) {
        const bucket = this.#byLabel.get(labelText(label));
        if (bucket === undefined) this.#byLabel.set(labelText(label), [one]);
        else bucket.push(one);
      }
    }
  }

  /**
   * The roles whose own rules make up this one: itself, or all that its selectors reach, however many roles that aggregate lie
   * between. The controller overwrites the rules of a role that aggregates; in a ring each keeps alive what the others had.
   * https://github.com/kubernetes/kubernetes/tree/master/pkg/controller/clusterroleaggregation
   */
  sourcesOf(role: Role): readonly Role[] {
    if (selectorsOf(role).length === 0) return [role];
    const seen = new Set<Role>();
    const waiting = [...this.#direct(role)];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      this.#step(1);
      if (seen.has(next)) continue;
      seen.add(next);
      waiting.push(...this.#direct(next));
    }
    const isRing = seen.has(role);
    return [...seen].filter((one) => isRing || selectorsOf(one).length === 0);
  }

  #direct(role: Role): readonly Role[] {
    return selectorsOf(role).flatMap((written) => {
      const selector = labelSelector(written);
      const known = this.#selected.get(selector.text);
      if (known !== undefined) return known;
      const candidates =
        selector.exact === undefined ? this.#roles : (this.#byLabel.get(labelText(selector.exact)) ?? []);
      this.#step(candidates.length);
      const found = candidates.filter(({ labels }) => selector.matches(labels)).map(({ role: one }) => one);
      this.#selected.set(selector.text, found);
      return found;
    });
  }

  #step(count: number): void {
    this.#steps += count;
    if (this.#steps > MAX_STEPS)
      throw new Error(
        'the ClusterRoles of one cluster aggregate one another in too many ways to be resolved; use fewer selectors',
      );
  }
}

function labelsOf(object: JsonObject): JsonObject {
  return objectAt(objectAt(object, 'metadata'), 'labels');
}

function selectorsOf({ manifest, scope }: Role): ReturnType<typeof listAt> {
  return scope === 'cluster' ? listAt(objectAt(manifest.object, 'aggregationRule'), 'clusterRoleSelectors') : [];
}
