import { groupOf, type Manifest } from '../../../model/manifest.ts';
import type { ImageRule } from '../../../model/policy.ts';
import type { TrustedKey } from '../../../model/provenance.ts';
import { clusterImagePolicy } from './cluster-image-policy.ts';
import { fluxVerify } from './flux-verify.ts';
import { imageValidatingPolicy } from './image-validating-policy.ts';
import { kyvernoPolicy } from './kyverno.ts';
import { type Reading, readingOf, type Unread } from './reading.ts';
import type { ForeignRoot } from '../../../model/sigstore-keys.ts';

export type { Unread };

/** What objects of other tools ask of images and sources, each in its cluster. */
export interface ForeignRules {
  readonly rules: readonly ImageRule[];
  /** The keys that these rules name. */
  readonly keys: readonly TrustedKey[];
  /** The roots that these rules name. */
  readonly roots: readonly ForeignRoot[];
  readonly unread: readonly Unread[];
}

type Reader = (manifest: Manifest, all: readonly Manifest[]) => Reading;

/** By group and kind, whatever the version: fields that are read mean the same in each. */
const READERS: Readonly<Record<string, Reader>> = {
  'policy.sigstore.dev ClusterImagePolicy': clusterImagePolicy,
  'kyverno.io ClusterPolicy': kyvernoPolicy,
  'kyverno.io Policy': kyvernoPolicy,
  'policies.kyverno.io ImageValidatingPolicy': imageValidatingPolicy,
  'policies.kyverno.io NamespacedImageValidatingPolicy': imageValidatingPolicy,
  'source.toolkit.fluxcd.io OCIRepository': fluxVerify,
  'source.toolkit.fluxcd.io HelmChart': fluxVerify,
  'helm.toolkit.fluxcd.io HelmRelease': fluxVerify,
};

export function readerOf({ id: { apiVersion, kind } }: Manifest): Reader | undefined {
  const key = `${groupOf(apiVersion)} ${kind}`;
  return Object.hasOwn(READERS, key) ? READERS[key] : undefined;
}

/** The rules of all objects of a world that other tools obey; what has no exact counterpart is named in `unread`. */
export function foreignRules(manifests: readonly Manifest[]): ForeignRules {
  const readings = manifests.flatMap((manifest) => {
    const reader = readerOf(manifest);
    return reader === undefined ? [] : [{ manifest, reading: readingOf(() => reader(manifest, manifests)) }];
  });
  return {
    rules: readings.flatMap(({ reading }) => reading.rules),
    keys: readings.flatMap(({ reading }) => reading.keys),
    roots: readings.flatMap(({ reading }) => reading.roots ?? []),
    unread: readings.flatMap(({ manifest: { id, cluster, app }, reading }) =>
      reading.unread.map((reason) => ({ object: id, cluster, app, reason })),
    ),
  };
}
