/**
 * Public registries whose tokens are made by a host of another name, as their 401 says. Those of ghcr.io, quay.io, gcr.io and
 * `*.pkg.dev`, public.ecr.aws, `*.azurecr.io` and registry.redhat.io make their own.
 */
const KNOWN_REALMS: ReadonlyMap<string, readonly string[]> = new Map([
  ['docker.io', ['auth.docker.io']],
  ['registry.gitlab.com', ['gitlab.com']],
]);

/** May this host see the credentials of the registry? Hosts are compared whole (P-F1, P-F3). */
export function isTrustedRealm(
  host: string,
  registry: string,
  realms: ReadonlyMap<string, readonly string[]>,
): boolean {
  return [registry, ...(realms.get(registry) ?? []), ...(KNOWN_REALMS.get(registry) ?? [])].includes(host);
}
