import { isObject, type JsonObject, type JsonValue, listAt, textAt, textsAt } from '../../../model/json.ts';
import type { ImageRule } from '../../../model/policy.ts';
import { refuse } from './reading.ts';

export type Where = Pick<ImageRule, 'namespaces' | 'exceptNamespaces'>;
export type Action = Where & Pick<ImageRule, 'mode'>;

/**
 * The rule's own word, else that of the policy, which may be another one for some namespaces: the first that matches counts; without
 * any it is an audit. https://github.com/kyverno/kyverno/blob/main/pkg/engine/api/engineresponse.go (matchOverride)
 */
export function actionsOf(spec: JsonObject, rule: JsonValue, where: Where): readonly Action[] {
  const own = ownAction(rule);
  const overrides = own === '' ? listAt(spec, 'validationFailureActionOverrides').filter(isAction) : [];
  if (overrides.length === 0) return [{ ...where, mode: modeOf(own || textAt(spec, 'validationFailureAction')) }];
  if (where.namespaces !== undefined) refuse('it names namespaces, and what it does depends on others');
  const known = new Set(where.exceptNamespaces);
  const actions: Action[] = [];
  for (const override of overrides) {
    const namespaces = namespacesOf(override);
    actions.push({ namespaces, exceptNamespaces: [...known], mode: modeOf(textAt(override, 'action')) });
    for (const one of namespaces) known.add(one);
  }
  return [...actions, { exceptNamespaces: [...known], mode: modeOf(textAt(spec, 'validationFailureAction')) }];
}

/** Where one entry of the rule enforces, all do. */
function ownAction(rule: JsonValue): string {
  const actions = listAt(rule, 'verifyImages')
    .map((one) => textAt(one, 'failureAction'))
    .filter((action) => ACTION.test(action));
  return actions.find((action) => modeOf(action) === 'block') ?? actions[0] ?? '';
}

const ACTION = /^(?:enforce|audit)$/i;

function isAction(override: JsonValue): boolean {
  return ACTION.test(textAt(override, 'action'));
}

function namespacesOf(override: JsonValue): readonly string[] {
  const names = textsAt(override, 'namespaces');
  const isSelected = isObject(override) && override['namespaceSelector'] !== undefined;
  if (names.length === 0 || isSelected)
    refuse('what it does depends on labels of the namespace (validationFailureActionOverrides)');
  return names.map(namespaceGlob);
}

/** https://github.com/kyverno/kyverno/blob/main/ext/wildcard/match.go */
export function namespaceGlob(name: string): string {
  return /[?{]/.test(name)
    ? refuse(`the namespace ${name} has no counterpart among patterns`)
    : name.replace(/\*+/g, '**');
}

function modeOf(action: string): ImageRule['mode'] {
  return action.toLowerCase() === 'enforce' ? 'block' : 'advise';
}
