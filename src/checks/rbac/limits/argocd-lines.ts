import { objectAt, pointer, textAt } from '../../../model/json.ts';
import { groupOf, type Manifest } from '../../../model/manifest.ts';
import { allowedBy, policyLines, type PolicyLine, worstOf } from '../argocd-policy.ts';
import type { Loose } from '../gitops-facts.ts';
import { quoted } from '../wording.ts';

/** A deny wins over each allow: where one is gone, what it denied may be had by another line. */
export function noLongerDenied(before: Manifest, after: Manifest): readonly Loose[] {
  if (groupOf(after.id.apiVersion) !== '' || after.id.kind !== 'ConfigMap' || after.id.name !== 'argocd-rbac-cm')
    return [];
  const denied = new Set(denialsIn(after).map(textOf));
  const gone = denialsIn(before).filter((line) => !widerThan(line).some((other) => denied.has(textOf(other))));
  return gone.flatMap((line): readonly Loose[] => {
    const [resource, action, object] = line.rest;
    const allowing = { ...line, rest: [...line.rest.slice(0, 3), 'allow'] };
    const worst = worstOf(allowedBy(allowing, { isRegex: false, isOfProject: false }).map(({ severity }) => severity));
    if (worst === undefined) return [];
    const what = [resource, action, object].join(', ');
    const said = {
      pointer: pointer('data'),
      facet: `deny ${textOf(line)}`,
      sentence: `${quoted(line.who)} is no longer denied ${quoted(what)}`,
    };
    return [worst === 'high' ? said : { ...said, severity: worst }];
  });
}

function denialsIn({ object }: Manifest): readonly PolicyLine[] {
  const data = objectAt(object, 'data');
  const files = Object.keys(data).filter((key) => /^policy\.(?:.*\.)?csv$/.test(key));
  const lines = files.flatMap((key) => policyLines(textAt(data, key)));
  return lines.filter(({ kind, rest }) => kind === 'p' && rest[3] === 'deny');
}

function textOf({ who, rest }: PolicyLine): string {
  return JSON.stringify([who, ...rest.slice(0, 3)]);
}

/** The line itself, and each with `*` in some of its places; so that many lines are compared by look-up. */
function widerThan(line: PolicyLine): readonly PolicyLine[] {
  const [resource = '', action = '', object = ''] = line.rest;
  const resources = [resource, '*'];
  const actions = resources.flatMap((one) => [action, '*'].map((other) => [one, other]));
  return actions.flatMap((some) => [object, '*'].map((last) => ({ ...line, rest: [...some, last] })));
}
