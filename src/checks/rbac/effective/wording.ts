import { subjectText } from '../binding-rule.ts';
import { grantsText, quoted } from '../wording.ts';
import type { Difference } from './diff.ts';

export function scopeText(scope: string): string {
  if (scope === '') return 'in the whole cluster';
  return scope.startsWith('\u0001') ? 'in the namespace of its app' : `in namespace ${quoted(scope)}`;
}

/** `RoleBinding `a` and ClusterRole `b``. */
export function throughText({ held, rule }: Difference): string {
  const { binding, role } = held;
  const names = [binding.manifest.id, role.manifest.id, rule.source.manifest.id].map(
    ({ kind, name }) => `${kind} ${quoted(name)}`,
  );
  const [bound = '', ...roles] = [...new Set(names)];
  return `${bound} and ${roles.join(', which aggregates ')}`;
}

/** Who may do what where, and by what. */
export function rowsText(rows: readonly Difference[], word: 'can now' | 'can no longer', scope: string): string {
  const [first] = rows;
  if (first === undefined) return '';
  const what = grantsText(rows.map(({ atom }) => atom));
  return `${subjectText(first.held.subject)} ${word} ${what} ${scopeText(scope)}, by ${throughText(first)}`;
}
