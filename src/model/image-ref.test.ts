import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { ImageRefError, imageText, isMeant, parseImageRef } from './image-ref.ts';

const HEX = 'f'.repeat(64);
const SHA = `sha256:${HEX}`;

describe('parseImageRef', () => {
  // The cases of https://github.com/distribution/reference/blob/main/normalize_test.go and reference_test.go, and ours.
  test.each<[string, string]>([
    ['nginx', 'docker.io/library/nginx:latest'],
    ['docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['index.docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['index.docker.io/library/nginx', 'docker.io/library/nginx:latest'],
    ['library/nginx:latest', 'docker.io/library/nginx:latest'],
    ['fooo/bar:1', 'docker.io/fooo/bar:1'],
    ['library/foo/bar', 'docker.io/library/foo/bar:latest'],
    ['evildocker.io/x', 'evildocker.io/x:latest'],
    ['localhost/fooo/bar', 'localhost/fooo/bar:latest'],
    ['LOCALDOMAIN/fooo', 'LOCALDOMAIN/fooo:latest'],
    ['LOCALHOST/fooo', 'localhost/fooo:latest'],
    ['Foo/bar', 'Foo/bar:latest'],
    ['DOCKER.IO/nginx', 'docker.io/library/nginx:latest'],
    ['GHCR.IO/acme/shop:1', 'ghcr.io/acme/shop:1'],
    ['127.0.0.1:8000/private/moonbase', '127.0.0.1:8000/private/moonbase:latest'],
    ['192.168.0.1', 'docker.io/library/192.168.0.1:latest'],
    ['192.168.0.1:80', 'docker.io/library/192.168.0.1:80'],
    ['test.com:5000', 'docker.io/library/test.com:5000'],
    ['test:5000/repo', 'test:5000/repo:latest'],
    ['test:5000/repo:tag', 'test:5000/repo:tag'],
    ['[2001:DB8::1]:5000/repo:tag', '[2001:db8::1]:5000/repo:tag'],
    ['xn--7o8h.com/myimage:xn--7o8h.com', 'xn--7o8h.com/myimage:xn--7o8h.com'],
    ['b.gcr.io/test.example.com/my-app:test.example.com', 'b.gcr.io/test.example.com/my-app:test.example.com'],
    ['dock__er/docker---rules', 'docker.io/dock__er/docker---rules:latest'],
    ['lowercase:Uppercase', 'docker.io/library/lowercase:Uppercase'],
    [`docker.io/${HEX}`, `docker.io/library/${HEX}:latest`],
    [`busybox@${SHA}`, `docker.io/library/busybox@${SHA}`],
    [`busybox:1.36@${SHA}`, `docker.io/library/busybox:1.36@${SHA}`],
    [`test:5000/repo:tag@${SHA}`, `test:5000/repo:tag@${SHA}`],
    [`a@sha512:${'0'.repeat(128)}`, `docker.io/library/a@sha512:${'0'.repeat(128)}`],
    [`example.com/${'a'.repeat(255)}:tag`, `example.com/${'a'.repeat(255)}:tag`],
    [`a.b/c:${'t'.repeat(128)}`, `a.b/c:${'t'.repeat(128)}`],
  ])('%s is %s', (text, expected) => {
    expect(imageText(parseImageRef(text))).toBe(expected);
  });

  test.each([
    '',
    ' ',
    ' nginx',
    'nginx ',
    'nginx\n',
    ':justtag',
    `@${SHA}`,
    'Uppercase:tag',
    'docker/Docker',
    'test:5000/Uppercase/lowercase:tag',
    'https://github.com/docker/docker',
    '-docker',
    '-docker.io/docker/docker',
    'docker///docker',
    'docker/',
    '/docker',
    'docker-/docker',
    '____/____',
    'dock..er/docker',
    'dock_.er/docker',
    '[fc00::1]',
    '[fc00::1]:5000',
    'fc00::1:5000/debian',
    '[fe80::1%eth0]:5000/debian',
    '[2001:db8:3:4::192.0.2.33]:5000/debian',
    'aa/asdf$$^/aa',
    'nginx:',
    'nginx:-tag',
    `a.b/c:${'t'.repeat(129)}`,
    'nginx@',
    `nginx@${HEX}`,
    'nginx@sha256:ffffffffffffffffffffffffffffffffff',
    `nginx@sha256:${'F'.repeat(64)}`,
    `nginx@sha256:${HEX}0`,
    `nginx@invaliddigest:${HEX}`,
    `nginx@${SHA}@${SHA}`,
    `nginx@${SHA}:tag`,
    HEX,
    `example.com/${'a'.repeat(256)}`,
    `${'a.'.repeat(2000)}b/c`,
    '$(params.image)',
    '{{ .Values.image }}',
    'пример/образ',
  ])('%j is no image reference', (text) => {
    expect(() => parseImageRef(text)).toThrow(ImageRefError);
  });

  test('an image without digest has none, and tag and digest stand together', () => {
    expect(parseImageRef('ghcr.io/acme/shop')).toEqual({ registry: 'ghcr.io', repository: 'ghcr.io/acme/shop' });
    expect(parseImageRef(`quay.io:443/a/b:1@${SHA}`)).toEqual({
      registry: 'quay.io:443',
      repository: 'quay.io:443/a/b',
      tag: '1',
      digest: SHA,
    });
  });
});

describe('P-A9: a rule means an image by whatever name its registry is reached', () => {
  test.each([
    ['ghcr.io/acme/**', 'ghcr.io:443/acme/web:1', true],
    ['ghcr.io/acme/**', 'GHCR.io:0443/acme/web:1', true],
    ['ghcr.io:443/acme/**', 'ghcr.io:443/acme/web:1', true],
    ['ghcr.io/acme/**', 'ghcr.io:4430/acme/web:1', false],
    ['ghcr.io/acme/**', 'ghcr.io:8443/acme/web:1', false],
    ['docker.io/library/**', 'registry-1.docker.io/library/nginx', true],
    ['docker.io/library/**', 'registry.hub.docker.com/library/nginx', true],
    ['docker.io/library/**', 'index.docker.io:443/library/nginx', true],
    ['docker.io/library/**', 'evildocker.io/library/nginx', false],
    ['ghcr.io/acme/**', 'evil.example/ghcr.io/acme/web', false],
  ])('%s and %s', (glob, text, expected) => {
    expect(isMeant(glob, parseImageRef(text))).toBe(expected);
  });
});

test('hostile texts end in an ImageRefError or in a reference whose normal form is its own', () => {
  const part = fc.constantFrom(
    'a',
    'A',
    '.',
    '/',
    ':',
    '@',
    '-',
    '_',
    '[',
    ']',
    '1',
    'docker.io',
    'localhost',
    SHA,
    ' ',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(part, { maxLength: 12 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (it) => {
      const shown = shownOrRefused(it);
      expect(shown === undefined || imageText(parseImageRef(shown)) === shown).toBe(true);
    }),
    { numRuns: 5000 },
  );
});

function shownOrRefused(text: string): string | undefined {
  try {
    return imageText(parseImageRef(text));
  } catch (error) {
    if (error instanceof ImageRefError) return undefined;
    throw error;
  }
}

/** A backtracking pattern would never come back from these. */
test('long and crooked names are answered', () => {
  expect(() => parseImageRef(`${'a-'.repeat(1000)}/x`)).toThrow(ImageRefError);
  expect(() => parseImageRef(`x.y/${'a'.repeat(200)}_${'-'.repeat(50)}`)).toThrow(ImageRefError);
});
