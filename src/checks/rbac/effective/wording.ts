import { subjectText } from '../binding-rule.ts';
import { knownAs } from '../operators/made.ts';
import { grantsText, quoted } from '../wording.ts';
import type { Difference } from './diff.ts';

export function scopeText(scope: string): string {
  if (scope === '') return 'in the whole cluster';
  return scope.startsWith('\u0001') ? 'in the namespace of its app' : `in namespace ${quoted(scope)}`;
}

/** `RoleBinding `a` and ClusterRole `b``; an object of an operator that is both stands once. */
export function throughText({ held, rule }: Difference): string {
  const { binding, role } = held;
  const names = [binding.manifest.id, role.manifest.id, rule.source.manifest.id].map((id) => {
    const { kind, name } = knownAs(id);
    return `${kind} ${quoted(name)}`;
  });
  const [bound = '', ...roles] = [...new Set(names)];
  return [bound, ...(roles.length === 0 ? [] : [roles.join(', which aggregates ')])].join(' and ');
}

/** Who may do what where, and by what. */
export function rowsText(rows: readonly Difference[], word: 'can now' | 'can no longer', scope: string): string {
  const [first] = rows;
  if (first === undefined) return '';
  const what = grantsText(rows.map(({ atom }) => atom));
  return `${subjectText(first.held.subject)} ${word} ${what} ${scopeText(scope)}, by ${throughText(first)}`;
}
