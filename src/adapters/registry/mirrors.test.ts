import { expect, test } from '@jest/globals';
import { parseImageRef } from '../../model/image-ref.ts';
import type { ImageRegistry, RegistryRepository } from '../../ports/image-registry.ts';
import { mirrored, originalOf } from './mirrors.ts';

const MIRRORS = new Map([
  ['docker.io', 'registry.internal:5000/hub'],
  ['ghcr.io', 'registry.internal:5000'],
]);

/** Every repository that is asked for, whatever is asked. */
function asked(image: string): Promise<readonly RegistryRepository[]> {
  const seen: RegistryRepository[] = [];
  const refuse = (repository: RegistryRepository) => {
    seen.push({ registry: repository.registry, repository: repository.repository });
    return Promise.reject(new Error('asked'));
  };
  const behind: ImageRegistry = { manifest: refuse, blob: refuse, tags: refuse, referrers: refuse };
  const registry = mirrored(behind, MIRRORS);
  const ref = parseImageRef(image);
  const signal = new AbortController().signal;
  const calls = [
    registry.manifest(ref, 'latest', signal),
    registry.blob(ref, { digest: 'sha256:0', size: 1 }, signal),
    registry.tags(ref, signal),
    registry.referrers(ref, 'sha256:0', signal),
  ];
  return Promise.allSettled(calls).then(() => seen);
}

test.each([
  ['nginx:1', 'registry.internal:5000', 'registry.internal:5000/hub/library/nginx'],
  ['ghcr.io/acme/shop', 'registry.internal:5000', 'registry.internal:5000/acme/shop'],
  ['quay.io/acme/shop', 'quay.io', 'quay.io/acme/shop'],
  ['docker.io.evil.example/a/b', 'docker.io.evil.example', 'docker.io.evil.example/a/b'],
])('all of %s is read from %s', async (image, registry, repository) => {
  expect(await asked(image)).toEqual(Array.from({ length: 4 }, () => ({ registry, repository })));
});

test.each([
  ['registry.internal:5000/hub/library/nginx', 'docker.io/library/nginx'],
  ['registry.internal:5000/acme/shop', 'ghcr.io/acme/shop'],
  ['registry.internal:5000x/acme/shop', 'registry.internal:5000x/acme/shop'],
  ['quay.io/acme/shop', 'quay.io/acme/shop'],
])('%s is called %s by those who wrote it down', (repository, original) => {
  expect(originalOf(repository, MIRRORS)).toBe(original);
});
