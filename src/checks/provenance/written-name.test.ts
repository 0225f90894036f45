import { describe, expect, test } from '@jest/globals';
import { parseImageRef } from '../../model/image-ref.ts';
import { aDigest } from '../../../test/builders/provenance.ts';
import { isAlwaysNamed, isNamed } from './written-name.ts';

const D = aDigest('1');

function image(text: string, digest?: string): Parameters<typeof isNamed>[1] {
  return { ref: parseImageRef(text), text, digest };
}

describe('policy-controller calls an image by its full name and its text', () => {
  test.each<[string, string, string | undefined, boolean]>([
    ['ghcr.io/acme/web:1.0@*', 'ghcr.io/acme/web:1.0', D, true],
    ['ghcr.io/acme/web:1.0', 'ghcr.io/acme/web:1.0', D, false],
    ['ghcr.io/acme/web:2.0@*', 'ghcr.io/acme/web:1.0', D, false],
    [`ghcr.io/acme/web@${D}`, 'ghcr.io/acme/web:1.0', D, true],
    [`ghcr.io/acme/web@${aDigest('2')}`, 'ghcr.io/acme/web:1.0', D, false],
    [`ghcr.io/acme/web@${aDigest('2')}`, 'ghcr.io/acme/web:1.0', undefined, true],
    ['ghcr.io/acme/web:2.0@*', 'ghcr.io/acme/web:1.0', undefined, false],
    ['ghcr.io/acme/*-prod@*', 'ghcr.io/acme/web-prod', D, true],
    ['ghcr.io/acme/web:*', `ghcr.io/acme/web@${D}`, undefined, false],
    ['ghcr.io/acme/web:1@*', `ghcr.io/acme/web:1@${D}`, undefined, true],
    ['image*', 'image:1', D, false],
    ['image*', `image@${D}`, undefined, true],
    ['index.docker.io/library/nginx:1*', 'nginx:1.2', D, true],
    ['docker.io/library/nginx*', 'docker.io/library/nginx:1', D, false],
    ['docker.io/library/nginx*', `docker.io/library/nginx@${D}`, undefined, true],
    ['*.example.com/a/*', 'registry.example.com/a/web:1', D, true],
    ['index.docker.io/localhost/web@*', 'localhost/web', D, true],
    ['ghcr.io/acme/web:latest@*', 'ghcr.io/acme/web', D, true],
  ])('%s and %s (%s): %s', (pattern, text, digest, expected) => {
    expect(isNamed({ tool: 'policy-controller', pattern }, image(text, digest))).toBe(expected);
  });
});

function left(pattern: string): boolean {
  return isAlwaysNamed({ tool: 'kyverno', pattern }, image('ghcr.io/acme/web:1', D));
}

describe('Kyverno calls an image by its tag or its digest', () => {
  test.each<[string, string, string | undefined, boolean]>([
    ['ghcr.io/acme/web:v1*', 'ghcr.io/acme/web:v1.2', D, true],
    ['ghcr.io/acme/web:v1*', 'ghcr.io/acme/web:v2', D, false],
    ['ghcr.io/acme/web-?:*', 'ghcr.io/acme/web-a:1', D, true],
    ['ghcr.io/acme/web-?:*', 'ghcr.io/acme/web-ab:1', D, false],
    ['*:latest', 'ghcr.io/acme/web', D, true],
    ['*:latest', 'ghcr.io/acme/web:1', D, false],
    ['*:latest', `ghcr.io/acme/web:latest@${D}`, undefined, false],
    [`*@${D}`, 'ghcr.io/acme/web:1', D, true],
    [`*@${aDigest('2')}`, 'ghcr.io/acme/web:1', D, false],
    [`*@${aDigest('2')}`, 'ghcr.io/acme/web:1', undefined, true],
    ['docker.io/nginx*', 'nginx:1', D, true],
    ['docker.io/nginx*', 'docker.io/library/nginx:1', D, false],
    ['nginx*', 'nginx:1', D, true],
    ['nginx*', 'ghcr.io/nginx:1', D, false],
    ['registry:5000/a:1', 'registry:5000/a:1', D, true],
    ['localhost/a:1', 'localhost/a:1', D, true],
  ])('%s and %s (%s): %s', (pattern, text, digest, expected) => {
    expect(isNamed({ tool: 'kyverno', pattern }, image(text, digest))).toBe(expected);
  });

  test('and leaves it out only where each of its names is left out', () => {
    expect([left('ghcr.io/acme/*'), left('ghcr.io/acme/web:1'), left('ghcr.io/other/*')]).toEqual([true, false, false]);
  });
});
