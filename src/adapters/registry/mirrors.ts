import type { ImageRegistry, RegistryRepository } from '../../ports/image-registry.ts';

/** Where registries are read instead: `docker.io` to `registry.internal:5000/hub`. */
export type Mirrors = ReadonlyMap<string, string>;

/**
 * Reads from the operator's mirrors, as container runtimes of his clusters do
 * (https://github.com/containerd/containerd/blob/main/docs/hosts.md), and only from there: what a mirror does not have is not there.
 * What an image is called stays what it is; digests are of the bytes, so a mirror cannot give something else for one.
 */
export function mirrored(registry: ImageRegistry, mirrors: Mirrors): ImageRegistry {
  const at = (repository: RegistryRepository) => mirrorOf(repository, mirrors);
  return {
    manifest: (repository, reference, signal) => registry.manifest(at(repository), reference, signal),
    blob: (repository, wanted, signal) => registry.blob(at(repository), wanted, signal),
    tags: (repository, signal) => registry.tags(at(repository), signal),
    referrers: (repository, digest, signal) => registry.referrers(at(repository), digest, signal),
  };
}

function mirrorOf({ registry, repository }: RegistryRepository, mirrors: Mirrors): RegistryRepository {
  const mirror = mirrors.get(registry);
  if (mirror === undefined) return { registry, repository };
  const [host = ''] = mirror.split('/');
  return { registry: host, repository: `${mirror}${repository.slice(registry.length)}` };
}

/** What a repository of a mirror is called by those who wrote it down; itself where it is of no mirror. */
export function originalOf(repository: string, mirrors: Mirrors): string {
  const [found] = [...mirrors]
    .filter(([, mirror]) => repository.startsWith(`${mirror}/`))
    .toSorted(([, a], [, b]) => b.length - a.length);
  return found === undefined ? repository : `${found[0]}${repository.slice(found[1].length)}`;
}
