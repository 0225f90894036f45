import { pointer } from '../../model/json.ts';
import type { Severity } from '../../model/severity.ts';
import { isMadeName, knownAs } from './operators/made.ts';
import type { Binding } from './object.ts';
import { GOOD_PRACTICES, RBAC_DOCS, type RbacHit, type RbacRule } from './rule.ts';
import type { Subject } from './subject.ts';
import { listed, quoted } from './wording.ts';

/** One row of the catalogue that looks at who is bound to what. */
export interface BindingRow extends Pick<RbacRule, 'alias' | 'title' | 'why' | 'fix' | 'severity' | 'scale'> {
  readonly id: string;
  /** Does the binding matter at all, whoever it names? */
  readonly about: (binding: Binding) => boolean;
  /** Which of its subjects matter. */
  readonly subject: (subject: Subject, binding: Binding) => boolean;
  readonly severityOf?: (binding: Binding) => Severity;
  /** What the finding points at. */
  readonly at: 'roleRef' | 'subject';
}

/** A binding is judged for the subjects it names: without any, it gives nothing to nobody. */
export function bindingRule(row: BindingRow): RbacRule {
  const { id, alias, title, why, fix, severity, scale } = row;
  return {
    id: `rbac/${id}`,
    alias,
    title,
    why,
    fix,
    severity,
    scale,
    enforcement: 'threshold',
    takesOver: [],
    references: [RBAC_DOCS, GOOD_PRACTICES],
    hits: (object) => (object.type === 'binding' && row.about(object) ? hitsIn(object, row) : []),
  };
}

function hitsIn(binding: Binding, row: BindingRow): readonly RbacHit[] {
  const subjects = binding.subjects.filter((subject) => row.subject(subject, binding));
  const [first] = subjects;
  if (first === undefined) return [];
  return [
    {
      pointer: row.at === 'roleRef' ? pointer('roleRef') : pointer('subjects', first.index),
      key: '',
      facets: [...new Set(subjects.map((subject) => bindingFacet(binding, subject)))].toSorted(),
      atoms: [],
      severity: row.severityOf?.(binding) ?? row.severity,
      message: bindingText(binding, subjects),
    },
  ];
}

/** Who gets which role. The role is part of it, so that the same subject with another role is something new. */
export function bindingFacet({ roleRef }: Binding, { identity }: Subject): string {
  return `${roleRef.kind}/${roleRef.name} -> ${identity}`;
}

function bindingText({ manifest, scope, roleRef }: Binding, subjects: readonly Subject[]): string {
  const { namespace } = manifest.id;
  const { kind, name } = knownAs(manifest.id);
  const inNamespace = namespace === '' ? 'in its namespace' : `in namespace ${quoted(namespace)}`;
  const whom = [...new Set(subjects.map(subjectText))];
  const where = scope === 'cluster' ? 'in the whole cluster' : inNamespace;
  const role = `${roleRef.kind === 'Role' ? 'Role' : 'ClusterRole'} ${quoted(roleRef.name)}`;
  // What an operator makes of the same object has no name that anybody knows.
  const what = isMadeName(roleRef.name) ? 'its rights' : role;
  return `${kind} ${quoted(name)} gives ${what} ${where} to ${listed(whom)}`;
}

export function subjectText({ kind, name, namespace }: Subject): string {
  // A namespace that only the controller knows is not shown.
  if (kind === 'ServiceAccount') return `service account ${quoted(namespace === '' ? name : `${namespace}/${name}`)}`;
  const known: Readonly<Record<string, string>> = { User: 'user', Group: 'group' };
  return `${Object.hasOwn(known, kind) ? known[kind] : `subject of kind ${quoted(kind)}`} ${quoted(name)}`;
}
