import { objectKey } from './effective/cause.ts';
import type { ClusterRights, Holding } from './effective/cluster.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Role } from './object.ts';
import type { Subject } from './subject.ts';

/** Who holds something by an object: a role, one that it aggregates, or a binding. Read once, and then found by the object. */
export class Holders {
  readonly #holdings: readonly Holding[];
  readonly #byBinding = new Map<string, Set<number>>();
  readonly #byRole = new Map<Role, Set<number>>();
  /** The roles that have rules of an object: those of that name, and those that take over its rules. */
  readonly #roles = new Map<string, Set<Role>>();

  constructor({ holdings }: ClusterRights) {
    this.#holdings = holdings;
    for (const [index, { held }] of this.#holdings.entries()) {
      for (const { binding, role, rules } of held) {
        add(this.#byBinding, objectKey(binding.manifest), index);
        // However many hold a role, what it takes over is looked at once.
        const isNew = !this.#byRole.has(role);
        add(this.#byRole, role, index);
        if (!isNew) continue;
        const sources = new Set([role, ...rules.map(({ source }) => source)]);
        for (const { manifest } of sources) add(this.#roles, objectKey(manifest), role);
      }
    }
  }

  /** Each once, in the order in which the bindings name them. */
  of(manifest: Manifest): readonly Subject[] {
    const key = objectKey(manifest);
    const byRoles = [...(this.#roles.get(key) ?? [])].flatMap((role) => [...(this.#byRole.get(role) ?? [])]);
    const found = new Set([...(this.#byBinding.get(key) ?? []), ...byRoles]);
    const subjects = [...found]
      .toSorted((a, b) => a - b)
      .flatMap((index) => this.#holdings.slice(index, index + 1).map(({ subject }) => subject));
    return [...new Map(subjects.map((subject) => [subject.identity, subject])).values()];
  }
}

function add<Key, Value>(index: Map<Key, Set<Value>>, key: Key, value: Value): void {
  const known = index.get(key);
  if (known === undefined) index.set(key, new Set([value]));
  else known.add(value);
}
