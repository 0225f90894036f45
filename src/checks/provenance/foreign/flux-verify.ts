import { isObject, type JsonObject, listAt, objectAt, textAt } from '../../../model/json.ts';
import type { Manifest } from '../../../model/manifest.ts';
import { groupOf } from '../../../model/manifest.ts';
import { ImageRefError, parseImageRef } from '../../../model/image-ref.ts';
import { fluxKeys } from './flux-keys.ts';
import { identitySigner } from './keyless.ts';
import { type ForeignSigner, nameOf, NOTHING, type Reading, refuse, Untranslatable } from './reading.ts';
import { globOfRegexp } from './regexp.ts';

/**
 * `verify` of OCIRepository, HelmChart and HelmRelease: who must have signed the artifact or chart that the source fetches.
 * https://github.com/fluxcd/source-controller/blob/main/api/v1/ociverification_types.go. Pods are not its business.
 */
export function fluxVerify(manifest: Manifest, all: readonly Manifest[]): Reading {
  const spec = sourceSpec(manifest);
  const verify = spec['verify'];
  if (!isObject(verify)) return NOTHING;
  if ((textAt(verify, 'provider') || 'cosign') !== 'cosign')
    refuse(`signatures by ${textAt(verify, 'provider')} are not verified here`);
  if (isObject(verify['trustedRootSecretRef'])) refuse('its root stands in a Secret');
  const signers = [...fluxKeys(verify, manifest, all), ...listAt(verify, 'matchOIDCIdentity').map(identityOf)];
  if (signers.length === 0) refuse('it names nobody: any keyless signature would do');
  const rule = {
    match: repositoryOf(spec, manifest, all),
    from: nameOf(manifest),
    cluster: manifest.cluster,
    mode: 'block' as const,
    require: {
      digest: false,
      signature: { anyOf: signers.map(({ signer }) => signer), count: 1 },
      platforms: 'index' as const,
    },
  };
  return { rules: [rule], keys: signers.flatMap(({ key }) => key ?? []), unread: [] };
}

/** A HelmRelease carries the HelmChart that its controller makes of it. */
export function sourceSpec({ id, object }: Manifest): JsonObject {
  const spec = objectAt(object, 'spec');
  return id.kind === 'HelmRelease' ? objectAt(objectAt(spec, 'chart'), 'spec') : spec;
}

function identityOf(identity: unknown): ForeignSigner {
  const value = isObject(identity) ? identity : {};
  const [issuer, subject] = [textAt(value, 'issuer'), textAt(value, 'subject')].map(globOfRegexp);
  return { signer: identitySigner({ issuer: issuer ?? '', subject: subject ?? '' }) };
}

/** The repository that it fetches, if it is one of a registry and known. */
export function addressOf(manifest: Manifest, all: readonly Manifest[]): string | undefined {
  try {
    return repositoryOf(sourceSpec(manifest), manifest, all);
  } catch (error) {
    if (error instanceof Untranslatable) return undefined;
    throw error;
  }
}

function repositoryOf(spec: JsonObject, manifest: Manifest, all: readonly Manifest[]): string {
  const { kind } = manifest.id;
  const url = kind === 'OCIRepository' ? textAt(spec, 'url') : chartUrl(spec, manifest, all);
  const bare = /^oci:\/\/(.+?)\/*$/.exec(url)?.[1] ?? refuse('its source is no registry of images');
  try {
    return parseImageRef(bare).repository;
  } catch (error) {
    if (error instanceof ImageRefError) return refuse(`its address ${url} names no repository of a registry`);
    throw error;
  }
}

function chartUrl(spec: JsonObject, manifest: Manifest, all: readonly Manifest[]): string {
  const ref = objectAt(spec, 'sourceRef');
  const namespace = textAt(ref, 'namespace') || manifest.id.namespace;
  const found = all.find(
    ({ id, cluster }) =>
      cluster === manifest.cluster &&
      groupOf(id.apiVersion) === 'source.toolkit.fluxcd.io' &&
      id.kind === 'HelmRepository' &&
      id.name === textAt(ref, 'name') &&
      id.namespace === namespace,
  );
  if (found === undefined) return refuse(`its HelmRepository ${namespace}/${textAt(ref, 'name')} is not in Git`);
  return `${textAt(objectAt(found.object, 'spec'), 'url').replace(/\/+$/, '')}/${textAt(spec, 'chart')}`;
}
