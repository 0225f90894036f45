import { type Grants, grantsOf, type PlacedRule } from '../grants.ts';

export interface WrittenRule extends PlacedRule {
  /** Equal for equal rules. */
  readonly text: string;
}

/** What somebody holds. Equal lists are one object, whoever holds them and on whichever side: what is learnt of it is learnt once. */
export interface RuleList {
  readonly rules: readonly PlacedRule[];
  readonly grants: Grants;
}

/** The lists of rules of a cluster, on all sides that are compared: most who are bound hold what others hold too. */
export class RuleLists {
  readonly #numbers = new Map<string, number>();
  readonly #known = new WeakMap<readonly WrittenRule[], number>();
  readonly #lists = new Map<string, RuleList>();

  /** Equal for lists of equal rules at equal places. */
  numberOf(rules: readonly WrittenRule[]): number {
    const known = this.#known.get(rules);
    if (known !== undefined) return known;
    const text = rules.map((rule) => `${rule.index} ${rule.text}`).join('\n');
    const number = this.#numbers.get(text) ?? this.#numbers.size;
    this.#numbers.set(text, number);
    this.#known.set(rules, number);
    return number;
  }

  /** Of the rules of several roles, one after the other. */
  of(parts: readonly (readonly WrittenRule[])[]): RuleList {
    const key = parts.map((part) => this.numberOf(part)).join(' ');
    const known = this.#lists.get(key) ?? listOf(parts.flat());
    this.#lists.set(key, known);
    return known;
  }
}

function listOf(rules: readonly PlacedRule[]): RuleList {
  return { rules, grants: grantsOf(rules) };
}
