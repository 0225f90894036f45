import { coversGlob } from '../../../model/glob.ts';
import { type JsonValue, listAt, objectAt, pointer, textAt, textsAt } from '../../../model/json.ts';
import { groupOf, type Manifest } from '../../../model/manifest.ts';
import type { Loose } from '../gitops-facts.ts';
import { quoted } from '../wording.ts';

/**
 * What a project refused by `!`, and lets through now by another of its entries.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/projects/#managing-projects
 */
export function noLongerRefused(before: Manifest, after: Manifest): readonly Loose[] {
  if (groupOf(after.id.apiVersion) !== 'argoproj.io' || after.id.kind !== 'AppProject') return [];
  const [from, to] = [objectAt(before.object, 'spec'), objectAt(after.object, 'spec')];
  return [
    ...refusedRepositories(textsAt(from, 'sourceRepos'), textsAt(to, 'sourceRepos')),
    ...refusedPlaces(listAt(from, 'destinations'), listAt(to, 'destinations')),
  ];
}

/** Refusals that are gone times what could let them through: real projects have some of one and some dozens of the other. */
const MAX_COMPARED = 40_000;

function goneFrom<One>(refusals: readonly One[], now: readonly One[], keyOf: (one: One) => string): readonly One[] {
  const known = new Set(now.map(keyOf));
  const gone = refusals.filter((one) => !known.has(keyOf(one)));
  if (gone.length * now.length > MAX_COMPARED)
    throw new Error(
      'a project of Argo CD no longer refuses more than can be compared with what it takes; use patterns',
    );
  return gone;
}

function refusedRepositories(from: readonly string[], to: readonly string[]): readonly Loose[] {
  return goneFrom(from.filter(isRefusal), to, (one) => one)
    .filter((one) => !to.some((other) => isRefusal(other) && coversGlob(other, one)))
    .filter((one) => to.some((other) => !isRefusal(other) && meets(other, one.slice(1))))
    .map((one) => lost('sourceRepos', `repository ${one}`, `takes content of ${quoted(one.slice(1))} now`));
}

function refusedPlaces(from: readonly JsonValue[], to: readonly JsonValue[]): readonly Loose[] {
  return goneFrom(from.filter(isRefusedPlace), to, placeText)
    .filter((one) => to.some((other) => !isRefusedPlace(other) && meetsPlace(other, one)))
    .map((one) => {
      const place = placeText(one);
      return lost('destinations', `to ${place}`, `deploys to what it refused by ${quoted(place)}`);
    });
}

function placeText(destination: JsonValue): string {
  return PARTS.map((part) => textAt(destination, part))
    .filter((part) => part !== '')
    .join(' ');
}

function lost(list: string, facet: string, sentence: string): Loose {
  return { pointer: pointer('spec', list), facet, sentence, severity: 'medium' };
}

function isRefusal(pattern: string): boolean {
  return pattern.startsWith('!');
}

/** May both match the same? A lone `*` is everything. */
function meets(pattern: string, other: string): boolean {
  return [pattern, other].includes('*') || coversGlob(pattern, other) || coversGlob(other, pattern);
}

const PARTS = ['server', 'name', 'namespace'] as const;

function isRefusedPlace(destination: JsonValue): boolean {
  return PARTS.some((part) => isRefusal(textAt(destination, part)));
}

function meetsPlace(allowed: JsonValue, refused: JsonValue): boolean {
  return PARTS.every((part) => {
    const [one, other] = [textAt(allowed, part), textAt(refused, part).replace(/^!/, '')];
    return one === '' || other === '' || meets(one, other);
  });
}
