import type { Artifact } from '../../model/artifact.ts';
import type { Problem } from '../../model/finding.ts';
import type { Policy } from '../../model/policy.ts';
import type { EvidenceBook } from '../../model/provenance.ts';
import type { Side, World } from '../../model/world.ts';
import type { Check, Rule } from '../check.ts';
import { digest } from './digest.ts';
import { digestDropped, droppedDigests } from './digest-dropped.ts';
import { latest } from './latest.ts';
import { malformed } from './malformed.ts';
import { type ImagePlace, imagesIn } from '../../model/image-places.ts';
import { registry } from './registry.ts';
import { entriesFor, type ImageRow, type Said, type SourceRow } from './row.ts';
import { unlisted } from './unlisted.ts';

export { inventory } from './inventory.ts';

/** The rules that look at one image at a time, in report order. */
const ROWS: readonly ImageRow[] = [malformed, registry, unlisted, digest, latest];

/** Those of them that hold for charts and artifacts of registries: how these are named is for their source to say. */
const SOURCE_ROWS: readonly SourceRow[] = [registry, unlisted];

/** Every rule of the family. */
export const RULES: readonly Omit<Rule, 'hits'>[] = [digestDropped, ...ROWS];

/** Where images come from and whether they are named by what they are; who built them is another check. */
export const images: Check = {
  id: 'images',
  title: 'Which images run, and how they are named',
  looksAt: ({ base, merged, policy, provenance }) =>
    (provenance?.artifacts.length ?? 0) > 0 ||
    [base, merged].some(({ manifests }) => manifests.some((one) => imagesIn(one, policy.imageFields).length > 0)),
  run({ base, merged, policy, provenance }, signal) {
    const [before, after] = [placesIn(base, policy, signal), placesIn(merged, policy, signal)];
    const dropped = droppedDigests(before, after).map(({ image, said }) =>
      toProblem(digestDropped, { side: 'merged', ...standing(image) }, said),
    );
    return Promise.resolve([
      ...dropped,
      ...rowProblems('base', before, policy, provenance?.book),
      ...rowProblems('merged', after, policy, provenance?.book),
      ...(provenance?.artifacts ?? []).flatMap((artifact) => artifactProblems(artifact, policy)),
    ]);
  },
};

function placesIn({ manifests }: World, { imageFields }: Policy, signal: AbortSignal): readonly ImagePlace[] {
  return manifests.flatMap((manifest) => {
    signal.throwIfAborted();
    return imagesIn(manifest, imageFields);
  });
}

function rowProblems(
  side: Side,
  places: readonly ImagePlace[],
  policy: Policy,
  book: EvidenceBook | undefined,
): readonly Problem[] {
  return places.flatMap((image) => {
    const entries = entriesFor(image, policy);
    return ROWS.flatMap((row) => {
      const said = row.says(image, entries, policy, book);
      return said === undefined ? [] : [toProblem(row, { side, ...standing(image) }, said)];
    });
  });
}

/** It stands in the source of its app, in no object. */
function artifactProblems({ side, app, content, ref }: Artifact, policy: Policy): readonly Problem[] {
  const entries = entriesFor({ ref }, policy);
  return SOURCE_ROWS.flatMap((row) => {
    const said = row.saysOf(`the ${content} is`, ref, entries, policy);
    const at = { side, app, object: null, pointer: '', key: `${content} ${ref.repository}` };
    return said === undefined ? [] : [toProblem(row, at, said)];
  });
}

type Standing = Pick<Problem, 'app' | 'object' | 'pointer' | 'key'>;

function standing({ manifest, pointer, key }: ImagePlace): Standing {
  return { app: manifest.app, object: manifest.id, pointer, key };
}

function toProblem(rule: Omit<Rule, 'hits'>, at: Standing & Pick<Problem, 'side'>, said: Said): Problem {
  const { id, alias, severity, enforcement, why, fix } = rule;
  return {
    ...at,
    rule: id,
    alias,
    severity,
    enforcement: said.enforcement ?? enforcement,
    facets: [said.facet],
    message: said.message,
    why,
    fix: said.fix ?? fix,
  };
}
