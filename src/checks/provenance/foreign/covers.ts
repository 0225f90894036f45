import { coversGlob } from '../../../model/glob.ts';
import { canonicalJson } from '../../../model/json.ts';
import type { ImageRule, ObjectSelector, ReferencePattern } from '../../../model/policy.ts';

/** Does the rule hold wherever the other one does? Never true where that is wrong. */
export function holdsWherever(wide: ImageRule, narrow: ImageRule): boolean {
  return (
    wide.mode === 'block' &&
    wide.cluster === narrow.cluster &&
    coversImages(wide, narrow) &&
    coversObjects(wide.objects, narrow.objects) &&
    coversNamespaces(wide.namespaces, narrow.namespaces) &&
    (wide.exceptNamespaces ?? []).every((glob) => isWithin(glob, narrow.exceptNamespaces ?? []))
  );
}

function coversImages(wide: ImageRule, narrow: ImageRule): boolean {
  const left = (wide.exceptReferences ?? []).every((one) =>
    (narrow.exceptReferences ?? []).some((other) => coversReference(other, one)),
  );
  if (!left) return false;
  if (wide.reference !== undefined)
    return narrow.reference !== undefined && coversReference(wide.reference, narrow.reference);
  return narrow.reference === undefined
    ? coversGlob(wide.match, narrow.match)
    : coversWritten(wide.match, narrow.reference);
}

/** Patterns of one tool: its wildcards cover what ours cover, and one for a single character covers itself. */
function coversReference(wide: ReferencePattern, narrow: ReferencePattern): boolean {
  return wide.tool === narrow.tool && coversGlob(asGlob(wide), asGlob(narrow));
}

function asGlob({ tool, pattern }: ReferencePattern): string {
  return tool === 'kyverno' ? pattern.replace(/\*+/g, '**') : pattern;
}

/** Where the name ends before any wildcard, it is that of the repository. */
function coversWritten(match: string, reference: ReferencePattern): boolean {
  if (match === '**') return true;
  const [, repository] = /^([^*?@/]*[.:][^*?@/]*\/[^*?:@]+)[:@]/.exec(reference.pattern) ?? [];
  return repository !== undefined && !/^(?:index\.)?docker\.io\//.test(repository) && coversGlob(match, repository);
}

function coversObjects(
  wide: readonly ObjectSelector[] | undefined,
  narrow: readonly ObjectSelector[] | undefined,
): boolean {
  if (wide === undefined) return true;
  return narrow?.every((one) => wide.some((other) => coversSelector(other, one))) ?? false;
}

function coversSelector(wide: ObjectSelector, narrow: ObjectSelector): boolean {
  const isVersion = wide.version === '*' || wide.version === narrow.version;
  const isLabelled =
    wide.selector === undefined ||
    (narrow.selector !== undefined && canonicalJson(wide.selector) === canonicalJson(narrow.selector));
  return wide.group === narrow.group && wide.resource === narrow.resource && isVersion && isLabelled;
}

function coversNamespaces(wide: readonly string[] | undefined, narrow: readonly string[] | undefined): boolean {
  return wide === undefined || (narrow?.every((glob) => isWithin(glob, wide)) ?? false);
}

function isWithin(glob: string, wider: readonly string[]): boolean {
  return wider.some((other) => coversGlob(other, glob));
}
