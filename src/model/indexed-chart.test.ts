import { expect, test } from '@jest/globals';
import { parseImageRef } from './image-ref.ts';
import { indexedText, parseIndexed } from './indexed-chart.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

test.each([
  ['1.2.3', `ghcr.io/acme/charts/web:1.2.3@${DIGEST}`],
  ['v1.2.3-rc.1+build', `registry.example:5000/web@${DIGEST}`],
  ['1.0.0', `docker.io/library/web@${DIGEST}`],
])('parse after print is the identity: %s of %s', (version, text) => {
  const image = parseImageRef(text);
  expect(parseIndexed(indexedText({ version, image }))).toEqual({ version, image });
});

test.each([
  ['an archive', `1.2.3@${DIGEST}`],
  ['an image without a digest', '1.2.3@oci://ghcr.io/acme/web:1.2.3'],
  ['no version', `@oci://ghcr.io/acme/web@${DIGEST}`],
  ['no image', `1.2.3@oci://ghcr.io/Acme@${DIGEST}`],
  ['words', `1.2.3@oci://ghcr.io/acme/web@${DIGEST} and more`],
])('%s is no image of an index', (_, resolved) => {
  expect(parseIndexed(resolved)).toBeUndefined();
});
