import type { Atom, ResourceAtom } from '../../model/rbac.ts';
import type { Role } from './object.ts';

const MAX_NAME = 120;
const MAX_SHOWN = 6;

/** A name that a stranger wrote, as code: no control or direction characters, no backtick that would end it, no novel. */
export function quoted(name: string): string {
  const harmless = name.slice(0, MAX_NAME).replace(/[\p{C}\p{Z}`]/gu, (character) => {
    if (character === ' ') return ' ';
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
  return `\`${harmless}${name.length > MAX_NAME ? '…' : ''}\``;
}

/** `a, b and 3 more`. */
export function listed(words: readonly string[], separator = ', '): string {
  const shown = words.slice(0, MAX_SHOWN).join(separator);
  return words.length > MAX_SHOWN ? `${shown} and ${words.length - MAX_SHOWN} more` : shown;
}

/** A role by its name, or whoever has what several roles say. */
export function holderOf({ holder, manifest }: Pick<Role, 'holder' | 'manifest'>): string {
  return holder ?? `${manifest.id.kind} ${quoted(manifest.id.name)}`;
}

/** Where a role works: a Role in its namespace, a ClusterRole wherever it is bound. */
export function placeOf({ scope, manifest, holder }: Pick<Role, 'scope' | 'manifest' | 'holder'>): string {
  if (scope === 'cluster' && holder !== undefined) return 'the whole cluster';
  if (scope === 'cluster') return 'every namespace it is bound in';
  return manifest.id.namespace === '' ? 'its namespace' : `namespace ${quoted(manifest.id.namespace)}`;
}

/** `get, list on secrets; create on pods/exec`. */
export function grantsText(atoms: readonly Atom[]): string {
  const byObject = Map.groupBy(atoms, objectKey);
  const byVerbs = Map.groupBy(byObject.values(), (found) => [...new Set(found.map(({ verb }) => verb))].join(', '));
  const phrases = [...byVerbs].map(
    ([verbs, found]) => `${plain(verbs)} on ${objectsText(found.flatMap((each) => each.slice(0, 1)))}`,
  );
  return listed(phrases, '; ');
}

function objectKey(atom: Atom): string {
  return JSON.stringify('url' in atom ? atom.url : [atom.group, atom.resource, atom.name ?? null]);
}

/** Each resource once, with the names that it is limited to. */
function objectsText(atoms: readonly Atom[]): string {
  const byResource = Map.groupBy(atoms, (atom) => ('url' in atom ? quoted(atom.url) : resourceText(atom)));
  return listed(
    [...byResource].map(([text, found]) => {
      const names = found.flatMap((atom) => ('name' in atom && atom.name !== undefined ? [quoted(atom.name)] : []));
      return names.length === 0 ? text : `${text} named ${listed(names)}`;
    }),
  );
}

function resourceText({ group, resource }: ResourceAtom): string {
  if (group === '*') return `${plain(resource)} of every API group`;
  return group === '' ? plain(resource) : `${plain(resource)} (${plain(group)})`;
}

/** Words of the API are shown bare; what is none is quoted. A bare `*` would be read as formatting. */
function plain(word: string): string {
  return /^[\w./:, -]{1,120}$/.test(word) ? word : quoted(word);
}
