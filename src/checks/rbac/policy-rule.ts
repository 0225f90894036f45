import { isObject, type JsonObject, type JsonValue, pointer } from '../../model/json.ts';
import type { PolicyRule } from '../../model/rbac.ts';
import type { PlacedRule } from './grants.ts';

/** Why a part of an object grants nothing, or why the API server refuses the object. */
export interface Defect {
  readonly pointer: string;
  /** Names the mistake without its place, so that moving a rule changes nothing. */
  readonly code: string;
  readonly sentence: string;
}

export interface RuleReading {
  readonly scope: 'cluster' | 'namespace';
  /** What a rule without apiGroups means: nothing in Kubernetes, the core group in OpenShift. */
  readonly absentGroups: readonly string[];
}

/**
 * The rules that decode, and what is wrong with them. A rule of a wrong shape is left out: the API server refuses such an
 * object as a whole. One that decodes but does not validate still counts as the authorizer would count it, to be on the safe side.
 */
export function readRules(
  written: JsonValue | undefined,
  reading: RuleReading,
): { readonly rules: readonly PlacedRule[]; readonly defects: readonly Defect[] } {
  if (written === undefined || written === null) return { rules: [], defects: [] };
  if (!Array.isArray(written)) {
    return { rules: [], defects: [refused(pointer('rules'), 'rules-not-a-list', '`rules` is not a list')] };
  }
  const read = written.map((rule: JsonValue, index) => readRule(rule, index, reading));
  return { rules: read.flatMap(({ rules }) => rules), defects: read.flatMap(({ defects }) => defects) };
}

function refused(at: string, code: string, what: string): Defect {
  return { pointer: at, code, sentence: `${what}, so the API server refuses the object` };
}

const LISTS = ['verbs', 'apiGroups', 'resources', 'resourceNames', 'nonResourceURLs'] as const;

function readRule(
  written: JsonValue,
  index: number,
  reading: RuleReading,
): { readonly rules: readonly PlacedRule[]; readonly defects: readonly Defect[] } {
  const at = pointer('rules', index);
  const object: JsonObject | undefined = written === null ? {} : asObject(written);
  if (object === undefined) return { rules: [], defects: [refused(at, 'rule-not-an-object', 'a rule is not an object')] };
  const wrong = LISTS.filter((list) => textsOf(object[list]) === undefined);
  if (wrong.length > 0) {
    const sentences = wrong.map((list) => refused(`${at}/${list}`, `not-texts ${list}`, `\`${list}\` is not a list of strings`));
    return { rules: [], defects: sentences };
  }
  const groups = object['apiGroups'] ?? null;
  const rule: PolicyRule = {
    verbs: textsOf(object['verbs']) ?? [],
    apiGroups: groups === null ? reading.absentGroups : (textsOf(groups) ?? []),
    resources: textsOf(object['resources']) ?? [],
    resourceNames: textsOf(object['resourceNames']) ?? [],
    nonResourceURLs: textsOf(object['nonResourceURLs']) ?? [],
  };
  return { rules: [{ index, rule }], defects: invalid(rule, at, reading) };
}

function asObject(value: JsonValue): JsonObject | undefined {
  return isObject(value) ? value : undefined;
}

/** Go decodes null as an absent list and as an empty string, and nothing else that is no string. */
function textsOf(value: JsonValue | undefined): readonly string[] | undefined {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return undefined;
  const texts = value.map((item: JsonValue) => item ?? '');
  return texts.every((text) => typeof text === 'string') ? texts : undefined;
}

/** https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/rbac/validation/validation.go, ValidatePolicyRule */
function invalid(rule: PolicyRule, at: string, { scope }: RuleReading): readonly Defect[] {
  const isUrl = rule.nonResourceURLs.length > 0;
  const isResource = rule.resources.length > 0 || rule.apiGroups.length > 0 || rule.resourceNames.length > 0;
  if (rule.verbs.length === 0) return [refused(at, 'no-verbs', 'a rule has no verbs')];
  if (isUrl && scope === 'namespace') {
    return [refused(`${at}/nonResourceURLs`, 'url-in-role', 'a Role names nonResourceURLs, which only a ClusterRole can')];
  }
  if (isUrl && isResource) return [refused(at, 'both-kinds', 'a rule names both resources and nonResourceURLs')];
  if (!isUrl && rule.apiGroups.length === 0) return [refused(at, 'no-groups', 'a rule has no apiGroups')];
  if (!isUrl && rule.resources.length === 0) return [refused(at, 'no-resources', 'a rule has no resources')];
  return [];
}
