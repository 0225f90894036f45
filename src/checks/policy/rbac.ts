import { coversGlob } from '../../model/glob.ts';
import { canonicalJson } from '../../model/json.ts';
import type { RbacBlock, SubjectPattern } from '../../model/rbac-grant.ts';
import { reaches } from '../../model/severity.ts';
import type { Allowed } from '../../model/waiver.ts';
import type { Comparison } from './weakening.ts';

export const threshold: Comparison = ({ rbac: before }, { rbac: after }) => {
  if (reaches(before.block, after.block)) return [];
  const message = `rbac.block goes from ${before.block} to ${after.block}; new findings below ${after.block} would no longer block`;
  return [{ key: 'rbac block', path: ['rbac', 'block'], message }];
};

/** Each entry of the base must be within one that is proposed: what two of them block together is not put together here. */
export const blockWhere: Comparison = ({ rbac: before }, { rbac: after }) =>
  before.blockWhere.flatMap((entry) => {
    if (after.blockWhere.some((other) => blocksAsMuch(other, entry))) return [];
    const message = `rbac.blockWhere: ${blockText(entry)} would no longer block, or less of it`;
    return [{ key: `rbac blockWhere ${canonicalJson(entry)}`, path: ['rbac', 'blockWhere'], message }];
  });

/** What a list leaves out it does not limit, so an omitted one is the widest. */
function blocksAsMuch(wide: RbacBlock, narrow: RbacBlock): boolean {
  return (
    within(wide.effects, narrow.effects, (one, other) => one === other) &&
    within(wide.subjects, narrow.subjects, coversSubject) &&
    within(wide.namespaces, narrow.namespaces, coversGlob) &&
    // Without effects only what is granted is meant; with them also what some rules say of other objects.
    (wide.effects !== undefined || narrow.effects === undefined)
  );
}

function within<Item>(
  wide: readonly Item[] | undefined,
  narrow: readonly Item[] | undefined,
  covers: (wide: Item, narrow: Item) => boolean,
): boolean {
  if (wide === undefined) return true;
  return narrow !== undefined && narrow.every((one) => wide.some((other) => covers(other, one)));
}

function coversSubject(wide: SubjectPattern, narrow: SubjectPattern): boolean {
  return (
    wide.kind === narrow.kind &&
    coversGlob(wide.name, narrow.name) &&
    coversGlob(wide.namespace ?? '**', narrow.namespace ?? '**')
  );
}

function blockText({ effects, subjects, namespaces }: RbacBlock): string {
  const what = effects === undefined ? 'whatever is granted' : effects.join(', ');
  const whom = subjects?.map(
    ({ kind, name, namespace }) => `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`,
  );
  return [
    what,
    ...(whom === undefined ? [] : [`to ${whom.join(', ')}`]),
    ...(namespaces === undefined ? [] : [`in ${namespaces.join(', ')}`]),
  ].join(' ');
}

/** A standing decision is new unless the base has the same one: a waiver that ends is less. */
export const allow: Comparison = ({ rbac: before }, { rbac: after }) => {
  const known = new Set(before.allow.map(allowKey));
  return after.allow.flatMap((one, index) => {
    if (known.has(allowKey(one))) return [];
    const { kind, name, group, namespace, cluster } = one.object;
    const parts = { group, namespace, cluster };
    const where = Object.entries(parts).map(([part, value]) => `${part} ${JSON.stringify(value)}`);
    const message = `rbac.allow: a new one; ${one.rule} in ${kind} ${name} (${where.join(', ')}) would never block again`;
    return [{ key: `rbac allow ${allowKey(one)}`, path: ['rbac', 'allow', index], message }];
  });
};

function allowKey({ rule, object }: Allowed): string {
  return canonicalJson({ rule, object });
}
