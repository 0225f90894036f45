import { type Atom, type ResourceAtom, urlCovers, widerResources } from '../../model/rbac.ts';

/** Percent signs for what separates the parts, so that two different atoms never read alike. */
function escaped(text: string, separators: RegExp): string {
  return /^[\w.*-]*$/.test(text) ? text : text.replace(separators, (character) => encodeURIComponent(character));
}

function groupText(group: string): string {
  if (group === '') return 'core';
  return group === 'core' ? '%63ore' : escaped(group, /[%/:@]/g);
}

/** An atom as one string, `core/secrets:get` or `core/secrets:get@name`; URLs as `url:/metrics:get`. One-to-one. */
export function facetOf(atom: Atom): string {
  if ('url' in atom) return `url:${escaped(atom.url, /[%:]/g)}:${atom.verb}`;
  const { group, resource, verb, name } = atom;
  const what = `${groupText(group)}/${escaped(resource, /[%:@]/g)}:${escaped(verb, /[%@]/g)}`;
  return name === undefined ? what : `${what}@${name}`;
}

function widerAtoms({ group, resource, verb, name }: ResourceAtom): readonly ResourceAtom[] {
  const places = [group, '*'].flatMap((wideGroup) =>
    widerResources(resource).map((wide) => ({ group: wideGroup, resource: wide })),
  );
  const free = places.flatMap((place) => [verb, '*'].map((wideVerb) => ({ ...place, verb: wideVerb })));
  return name === undefined ? free : [...free, ...free.map((atom) => ({ ...atom, name }))];
}

/** Do the atoms `owner` say all that `atoms` say? Asked by look-up, so that both may be long. */
export function sayAll(owner: readonly Atom[], atoms: readonly Atom[]): boolean {
  const said = new Set(owner.map(facetOf));
  const urls = owner.filter((atom) => 'url' in atom);
  return atoms.every((atom) => {
    if (!('url' in atom)) return widerAtoms(atom).some((wide) => said.has(facetOf(wide)));
    return urls.some(({ url, verb }) => (verb === '*' || verb === atom.verb) && urlCovers(url, atom.url));
  });
}
