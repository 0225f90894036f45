import { coversGlob } from '../../model/glob.ts';
import type { ImageRule, Policy } from '../../model/policy.ts';
import { looser, type Part } from '../../model/demand-cover.ts';
import type { Comparison, Weakening } from './weakening.ts';

/**
 * Requirements on images: each that blocks at the base must be made by one entry that blocks, matches at least as much and asks for
 * as much. What is only advised stops nothing, so nothing is let through where it goes.
 */
export const images: Comparison = (base, proposed) => {
  if (base.images.length > 0 && proposed.images.length === 0) return [emptied(base)];
  const blocking = base.images.filter(({ mode }) => mode === 'block');
  return [
    ...blocking.flatMap((entry) => [
      ...digestLost(entry, proposed),
      ...registriesLost(entry, proposed),
      ...evidenceLost('signature', entry, proposed),
      ...evidenceLost('provenance', entry, proposed),
    ]),
    ...(base.images.length === 0 ? [] : newlyListed(base, proposed)),
  ];
};

function emptied({ images: entries }: Policy): Weakening {
  const names = entries.map(({ match }) => match).join(', ');
  return {
    key: 'images',
    path: ['images'],
    message: `nothing is required of images any more (${names}); any image would pass`,
  };
}

/** The entries that block wherever the one of the base does. */
function covering({ match }: ImageRule, { images: entries }: Policy): readonly ImageRule[] {
  return entries.filter((entry) => entry.mode === 'block' && coversGlob(entry.match, match));
}

function digestLost(entry: ImageRule, proposed: Policy): readonly Weakening[] {
  if (!entry.require.digest || covering(entry, proposed).some(({ require }) => require.digest)) return [];
  const left = proposed.images.filter(
    ({ match, mode, require }) => mode === 'block' && require.digest && coversGlob(entry.match, match),
  );
  const message = `images: a digest is no longer required for ${entry.match}${only(left)}; images named by a tag, which can be moved, would pass`;
  return [{ key: `images ${entry.match} digest`, path: pathOf(entry, proposed), message }];
}

function registriesLost(entry: ImageRule, proposed: Policy): readonly Weakening[] {
  const allowed = entry.require.registries;
  if (allowed === undefined) return [];
  const stated = covering(entry, proposed).flatMap(({ require }) =>
    require.registries === undefined ? [] : [require.registries],
  );
  const [fewest] = stated
    .map((registries) => registries.filter((registry) => !allowed.includes(registry)))
    .toSorted((a, b) => a.length - b.length);
  if (fewest?.length === 0) return [];
  const place = { key: `images ${entry.match} registries`, path: pathOf(entry, proposed) };
  if (fewest !== undefined)
    return [
      { ...place, message: `images: ${fewest.join(', ')} is allowed for ${entry.match}; images from there would pass` },
    ];
  const left = proposed.images.filter(
    ({ match, mode, require }) =>
      mode === 'block' && require.registries !== undefined && coversGlob(entry.match, match),
  );
  return [
    {
      ...place,
      message: `images: no registries are named for ${entry.match} any more${only(left)}; images from any registry would pass`,
    },
  ];
}

const NAMES = {
  signature: { lost: 'no signature is required', passes: 'images that nobody has signed would pass' },
  provenance: { lost: 'no provenance is required', passes: 'images that were built anywhere would pass' },
} as const;

/** One entry alone must ask for as much: what two ask for separately, two signers could give. */
function evidenceLost(part: Part, entry: ImageRule, proposed: Policy): readonly Weakening[] {
  if (entry.require[part] === undefined) return [];
  const path = pathOf(entry, proposed);
  const place = { key: `images ${entry.match} ${part}`, path };
  const stated = covering(entry, proposed).filter(({ require }) => require[part] !== undefined);
  const [nearest] = stated.map((other) => looser(part, entry, other)).toSorted((a, b) => a.length - b.length);
  if (nearest === undefined) {
    const left = proposed.images.filter(
      ({ match, mode, require }) => mode === 'block' && require[part] !== undefined && coversGlob(entry.match, match),
    );
    const { lost, passes } = NAMES[part];
    return [{ ...place, message: `images: ${lost} for ${entry.match} any more${only(left)}; ${passes}` }];
  }
  return nearest.map((clause) => ({
    ...place,
    key: `${place.key} ${clause}`,
    message: `images: the ${part} that ${entry.match} needs is weaker; ${clause}`,
  }));
}

/** What no entry matched was a finding; a new entry ends that. */
function newlyListed(base: Policy, proposed: Policy): readonly Weakening[] {
  return proposed.images.flatMap(({ match }, index) => {
    if (base.images.some((entry) => coversGlob(entry.match, match))) return [];
    const message = `images: ${match} is listed; images that it matches were findings (images/unlisted) and would pass under its requirements`;
    return [{ key: `images ${match} listed`, path: ['images', index, 'match'], message }];
  });
}

function only(left: readonly ImageRule[]): string {
  return left.length === 0 ? '' : ` (only for ${left.map(({ match }) => match).join(', ')})`;
}

function pathOf({ match }: ImageRule, { images: entries }: Policy): readonly (string | number)[] {
  const index = entries.findIndex((entry) => entry.match === match);
  return index === -1 ? ['images'] : ['images', index, 'require'];
}
