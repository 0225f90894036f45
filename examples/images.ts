import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { signedImage } from '../test/builders/signed-image.ts';
import { pushImage } from '../test/standin/registry/images.ts';
import { aRegistry, type RegistryStandIn } from '../test/standin/registry/registry.ts';
import { aWorkflow } from '../test/standin/sigstore/identity.ts';
import { type SigningWorld, signingWorld } from '../test/standin/sigstore/world.ts';

/** What the manifests of the example run, and what its release workflows have signed. */
const RELEASED = [
  { repository: 'acme/shop', content: 'shop 3.1.0' },
  { repository: 'acme/shop', content: 'shop 3.2.0' },
  { repository: 'acme/payments', content: 'payments 2.3.0', tag: '2.3.0' },
  { repository: 'acme/backup', content: 'backup 1.0.0' },
];
/** Built by somebody, signed by nobody. */
const BARE = [
  { mirror: 'ghcr.io', repository: 'acme/payments', content: 'payments 2.4.0', tag: '2.4.0' },
  { mirror: 'docker.io', repository: 'library/redis', content: 'redis', tag: 'latest' },
];

export interface ExampleImages {
  readonly registry: RegistryStandIn;
  /** What an operator says so that presync reads them there, and trusts those who signed them. */
  readonly environment: Readonly<Record<string, string>>;
  readonly signing: SigningWorld;
}

/** The images of the example in a registry on this machine, signed for it alone. `folder` takes the trusted root. */
export async function exampleImages(folder: string): Promise<ExampleImages> {
  const registry = await aRegistry();
  const signing = signingWorld({ name: 'example' });
  for (const { repository, ...image } of RELEASED) {
    const by = { identity: aWorkflow({ repository }) };
    signedImage(registry, signing, { ...image, repository: `ghcr.io/${repository}`, by });
  }
  for (const { mirror, repository, ...image } of BARE) pushImage(registry, `${mirror}/${repository}`, image);
  const root = join(folder, 'trusted_root.json');
  await writeFile(root, signing.trustedRoot.json);
  const mirrors = ['ghcr.io', 'docker.io'].map((name) => `${name}=${registry.host}/${name}`);
  return {
    registry,
    signing,
    environment: { PRESYNC_REGISTRY_MIRRORS: mirrors.join(','), PRESYNC_TRUSTED_ROOTS: root },
  };
}
