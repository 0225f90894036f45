import { type Atom, type PolicyRule, ruleCovers, widerResources } from '../../../model/rbac.ts';

/** Kubernetes' Covers against many rules: only those that name the resource, or a wider one, are asked. */
export class Cover {
  readonly #byResource = new Map<string, PolicyRule[]>();
  readonly #urls: PolicyRule[] = [];

  constructor(rules: readonly PolicyRule[]) {
    for (const rule of rules) {
      if (rule.nonResourceURLs.length > 0) this.#urls.push(rule);
      for (const resource of new Set(rule.resources)) {
        const bucket = this.#byResource.get(resource);
        if (bucket === undefined) this.#byResource.set(resource, [rule]);
        else bucket.push(rule);
      }
    }
  }

  gives(atom: Atom): boolean {
    if ('url' in atom) return this.#urls.some((rule) => ruleCovers(rule, atom));
    return widerResources(atom.resource).some((wide) =>
      this.#byResource.get(wide)?.some((rule) => ruleCovers(rule, atom)),
    );
  }
}
