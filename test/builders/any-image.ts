import { pushImage } from '../standin/registry/images.ts';
import { aRegistry, type RegistryStandIn } from '../standin/registry/registry.ts';

/** A registry in which every tag of every repository is an image of its own, unsigned and always the same. */
export async function registryOfAnything(): Promise<RegistryStandIn> {
  const registry = await aRegistry();
  registry.misbehave = (_request, _response, path) => {
    const [, repository, tag] = /^\/v2\/(.+)\/manifests\/([^/?:]+)$/.exec(path) ?? [];
    const isImage = repository !== undefined && tag !== undefined && !tag.startsWith('sha256-');
    if (isImage && registry.stored(repository, tag) === undefined)
      pushImage(registry, repository, { tag, content: `${repository}:${tag}` });
    return false;
  };
  return registry;
}

/** What an operator says so that all images of public registries are read from there. */
export function mirroredBy({ host, origin }: RegistryStandIn): Readonly<Record<string, string>> {
  const registries = ['docker.io', 'ghcr.io', 'quay.io', 'registry.k8s.io'];
  const mirrors = registries.map((registry) => `${registry}=${host}/${registry}`);
  return { PRESYNC_REGISTRY_MIRRORS: mirrors.join(','), PRESYNC_PRIVATE_HOSTS: origin };
}
