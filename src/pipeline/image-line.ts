import { type Scalar, scalarsOf } from '../blame/scalars.ts';
import type { Finding, Location } from '../model/finding.ts';
import { valueAt } from '../model/json.ts';
import { identityKey, type Manifest } from '../model/manifest.ts';
import type { SourceTree } from '../ports/source-tree.ts';
import type { Rendered } from './render-app.ts';
import { type Rewrite, textIn } from './rewrite.ts';

/** Texts that are tried for one finding: the parts of an image are two or three. */
const MAX_TRIED = 6;
/** Goes into tags and names alike. */
const PROBE = '-probe';

interface Looking {
  readonly merged: Rendered;
  readonly tree: SourceTree;
  readonly rewrite: Rewrite;
  /** Lines that the change wrote at this place: 0-based, end exclusive. */
  readonly range: { readonly start: number; readonly end: number };
}

/**
 * Of a finding about an image, the line whose text becomes that image. Neighbouring lines often hold the same text, so it is asked
 * which one the image changes with; where a file is what is applied, the keys say it. The line as it was found where nothing tells.
 */
export async function imageLine(finding: Finding, location: Location, looking: Looking): Promise<Location> {
  const manifest = manifestOf(finding, looking.merged);
  const image = manifest && valueAt(manifest.object, finding.pointer);
  if (manifest === undefined || typeof image !== 'string' || image === '') return location;
  const text = (await textIn(looking.tree, location.file)) ?? '';
  const { start, end } = looking.range;
  const near = scalarsOf(text).filter(({ line }) => line > start && line <= end);
  const own = ownScalar(near, image, { manifest, finding, location });
  const found = own ?? (await feeding(near, image, { text, finding, location, looking }));
  return found === undefined ? location : { ...location, line: found.line, endLine: found.line };
}

function manifestOf({ object }: Finding, { manifests }: Rendered): Manifest | undefined {
  return object === null ? undefined : manifests.find(({ id }) => identityKey(id) === identityKey(object));
}

/** The file is the object, and has the image at the same keys. */
function ownScalar(
  near: readonly Scalar[],
  image: string,
  { manifest, finding, location }: Readonly<{ manifest: Manifest; finding: Finding; location: Location }>,
): Scalar | undefined {
  const { path, line: first = 1 } = manifest.origin;
  if (path?.replace(/^\//, '') !== location.file) return undefined;
  return near.find(({ at, value, line }) => at === finding.pointer && value === image && line >= first);
}

/** The end of an image is what changes most, so it is asked about first: the tag before the repository. */
async function feeding(
  near: readonly Scalar[],
  image: string,
  given: Readonly<{ text: string; finding: Finding; location: Location; looking: Looking }>,
): Promise<Scalar | undefined> {
  const { text, finding, location, looking } = given;
  const endIn = ({ value }: Scalar) => image.lastIndexOf(value) + value.length;
  const parts = near
    .filter(({ value }) => image.includes(value))
    .toSorted((a, b) => endIn(b) - endIn(a) || b.value.length - a.value.length || a.start - b.start);
  for (const scalar of parts.slice(0, MAX_TRIED)) {
    const edit = { file: location.file, text, scalar, value: `${scalar.value}${PROBE}` };
    const rendered = await looking.rewrite(looking.merged.app, edit);
    const other = rendered && manifestOf(finding, rendered);
    const now = other && valueAt(other.object, finding.pointer);
    if (typeof now === 'string' && now !== image) return scalar;
  }
  return undefined;
}
