import type { Provenance } from '../../src/checks/check.ts';
import { imageText, parseImageRef } from '../../src/model/image-ref.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import type { Believed, ImageEvidence } from '../../src/model/provenance.ts';
import { evidenceOf } from './believed.ts';
import { aManifest } from './manifest.ts';

type ReadEvidence = Extract<ImageEvidence, { status: 'read' }>;

/** `sha256:` and the digit, 64 times. */
export function aDigest(digit: string): string {
  return `sha256:${digit.repeat(64)}`;
}

/** An image with what speaks of it: `anImage('1', aSignature())`. */
export function anImage(digit: string, ...believed: readonly Believed[]): ReadEvidence {
  const digest = aDigest(digit);
  return evidenceOf(
    believed.map((one) => ({ ...one, subject: digest })),
    { digest },
  );
}

function byNormalForm<Value>(values: Readonly<Record<string, Value>>): ReadonlyMap<string, Value> {
  return new Map(Object.entries(values).map(([name, value]) => [imageText(parseImageRef(name)), value]));
}

/** What is known, by the names of the images; `moved` from and to. */
export function whatIsKnown(
  known: Readonly<Record<string, ImageEvidence>>,
  given: Partial<Omit<Provenance, 'book'>> & {
    readonly moved?: Readonly<Record<string, { readonly was: string; readonly is: string }>>;
  } = {},
): Provenance {
  const { moved = {}, ...rest } = given;
  const [images, moves] = [byNormalForm(known), byNormalForm(moved)];
  const book: Provenance['book'] = {
    of: (ref) => images.get(imageText(ref)),
    moved: (ref) => moves.get(imageText(ref)),
  };
  return { rules: [], artifacts: [], elsewhere: [], now: new Date('2026-11-24T12:00:00Z'), ...rest, book };
}

/** A Deployment whose containers run these images, by name. */
export function aDeployment(containers: Readonly<Record<string, string>>, more: JsonObject = {}): Manifest {
  const list = Object.entries(containers).map(([name, image]) => ({ name, image }));
  return aManifest({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { template: { spec: { containers: list } } },
    ...more,
  });
}
