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
export function readRules(written: JsonValue | undefined, reading: RuleReading): Read {
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

interface Read {
  readonly rules: readonly PlacedRule[];
  readonly defects: readonly Defect[];
}

const LISTS = ['verbs', 'apiGroups', 'resources', 'resourceNames', 'nonResourceURLs'] as const;

function readRule(written: JsonValue, index: number, reading: RuleReading): Read {
  const at = pointer('rules', index);
  // Go decodes null as a rule without anything.
  const object = written ?? {};
  if (!isObject(object)) return { rules: [], defects: [refused(at, 'rule-not-an-object', 'a rule is not an object')] };
  const wrong = LISTS.filter((list) => textsOf(object[list]) === undefined);
  if (wrong.length > 0) {
    return {
      rules: [],
      defects: wrong.map((list) =>
        refused(`${at}/${list}`, `not-texts ${list}`, `\`${list}\` is not a list of strings`),
      ),
    };
  }
  const rule = ruleOf(object, reading);
  const problem = PROBLEMS.find(({ applies }) => applies(rule, reading));
  return {
    rules: [{ index, rule }],
    defects: problem === undefined ? [] : [refused(`${at}${problem.at}`, problem.code, problem.what)],
  };
}

/** Go decodes null as an absent list and as an empty string, and nothing else that is no string. */
function textsOf(value: JsonValue | undefined): readonly string[] | undefined {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return undefined;
  const texts = value.map((item: JsonValue) => item ?? '');
  return texts.every((text) => typeof text === 'string') ? texts : undefined;
}

function ruleOf(object: JsonObject, { absentGroups }: RuleReading): PolicyRule {
  const [verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = []] = LISTS.map((list) =>
    textsOf(object[list]),
  );
  const isImplied = (object['apiGroups'] ?? null) === null && resources.length > 0;
  return { verbs, apiGroups: isImplied ? absentGroups : apiGroups, resources, resourceNames, nonResourceURLs };
}

interface RuleProblem {
  readonly code: string;
  readonly what: string;
  /** The part of the rule that it is about. */
  readonly at: string;
  readonly applies: (rule: PolicyRule, reading: RuleReading) => boolean;
}

function isForUrls({ nonResourceURLs }: PolicyRule): boolean {
  return nonResourceURLs.length > 0;
}

/** The first that applies is reported: https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/rbac/validation/validation.go, ValidatePolicyRule */
const PROBLEMS: readonly RuleProblem[] = [
  { code: 'no-verbs', what: 'a rule has no verbs', at: '', applies: ({ verbs }) => verbs.length === 0 },
  {
    code: 'url-in-role',
    what: 'a Role names nonResourceURLs, which only a ClusterRole can',
    at: '/nonResourceURLs',
    applies: (rule, { scope }) => isForUrls(rule) && scope === 'namespace',
  },
  {
    code: 'both-kinds',
    what: 'a rule names both resources and nonResourceURLs',
    at: '',
    applies: (rule) =>
      isForUrls(rule) && [rule.apiGroups, rule.resources, rule.resourceNames].some(({ length }) => length > 0),
  },
  {
    code: 'no-groups',
    what: 'a rule has no apiGroups',
    at: '',
    applies: (rule) => !isForUrls(rule) && rule.apiGroups.length === 0,
  },
  {
    code: 'no-resources',
    what: 'a rule has no resources',
    at: '',
    applies: (rule) => !isForUrls(rule) && rule.resources.length === 0,
  },
];
