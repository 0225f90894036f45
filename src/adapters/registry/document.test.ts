import { describe, expect, test } from '@jest/globals';
import { readDocument } from './document.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const ITEM = { mediaType: 'application/octet-stream', digest: DIGEST, size: 3 };
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

function read(document: object, contentType = MANIFEST) {
  return readDocument({ bytes: Buffer.from(JSON.stringify(document)), contentType, name: 'acme/shop:1' });
}

function manifest(parts: object) {
  return read({ schemaVersion: 2, config: ITEM, layers: [ITEM], ...parts });
}

function layer(parts: object) {
  return manifest({ layers: [ITEM, { ...ITEM, ...parts }] });
}

describe('a document of a registry', () => {
  test('is read as it is written, without what the specification does not know', () => {
    const platform = { os: 'linux', architecture: 'arm64', variant: 'v8' };
    const full = { ...ITEM, artifactType: 'a/b', annotations: { a: 'b' }, platform };
    const parts = { artifactType: 'c/d', subject: { ...ITEM, data: 'AA==' }, annotations: { c: 'd' } };
    expect(manifest({ ...parts, layers: [{ ...full, urls: ['http://elsewhere'] }], more: 1 })).toEqual({
      kind: 'manifest',
      digest: expect.stringMatching(/^sha256:/),
      mediaType: MANIFEST,
      bytes: expect.anything(),
      artifactType: 'c/d',
      subject: ITEM,
      annotations: { c: 'd' },
      config: ITEM,
      layers: [full],
    });
    expect(read({ schemaVersion: 2, manifests: [full] }, INDEX)).toMatchObject({ kind: 'index', manifests: [full] });
    expect(manifest({})).toMatchObject({ artifactType: undefined, subject: undefined, annotations: {} });
  });

  test('keeps no key that would become a prototype', () => {
    const text = `{"schemaVersion":2,"config":${JSON.stringify(ITEM)},"layers":[],"annotations":{"__proto__":"x","a":"b"}}`;
    const { annotations } = readDocument({ bytes: Buffer.from(text), contentType: MANIFEST, name: 'acme/shop:1' });
    expect(Object.entries(annotations)).toEqual([['a', 'b']]);
    expect(Object.hasOwn(annotations, '__proto__')).toBe(false);
  });

  test.each<[string, () => unknown]>([
    ['schemaVersion', () => manifest({ schemaVersion: 1 })],
    ['schemaVersion', () => manifest({ schemaVersion: '2' })],
    ['artifactType', () => manifest({ artifactType: null })],
    ['subject', () => manifest({ subject: DIGEST })],
    ['subject.size', () => manifest({ subject: { ...ITEM, size: -1 } })],
    ['annotations', () => manifest({ annotations: [] })],
    ['annotations.a', () => manifest({ annotations: { a: 1 } })],
    ['config', () => read({ schemaVersion: 2, layers: [] })],
    ['config.mediaType', () => manifest({ config: { ...ITEM, mediaType: '' } })],
    ['layers', () => read({ schemaVersion: 2, config: ITEM })],
    ['layers', () => manifest({ layers: { 0: ITEM } })],
    ['layers', () => manifest({ layers: Array.from({ length: 1001 }, () => ITEM) })],
    ['layers.1', () => manifest({ layers: [ITEM, null] })],
    ['layers.1.digest', () => layer({ digest: 'sha256:abc' })],
    ['layers.1.digest', () => layer({ digest: 3 })],
    ['layers.1.size', () => layer({ size: 1.5 })],
    ['layers.1.size', () => layer({ size: '3' })],
    ['layers.1.size', () => layer({ size: 2 ** 53 })],
    ['layers.1.artifactType', () => layer({ artifactType: 1 })],
    ['layers.1.annotations.b', () => layer({ annotations: { a: 'b', b: null } })],
    ['layers.1.platform', () => layer({ platform: 'linux/amd64' })],
    ['layers.1.platform.architecture', () => layer({ platform: { os: 'linux' } })],
    ['layers.1.platform.variant', () => layer({ platform: { os: 'linux', architecture: 'arm', variant: 7 } })],
    ['manifests', () => read({ schemaVersion: 2 }, INDEX)],
    ['manifests.0.size', () => read({ schemaVersion: 2, manifests: [{ ...ITEM, size: null }] }, INDEX)],
  ])('is refused with the place that is wrong: %s', (place, work) => {
    expect(work).toThrow(`the manifest of acme/shop:1 is not used: "${place}" is not what application/vnd.oci.`);
  });

  test('may have a thousand parts', () => {
    expect(manifest({ layers: Array.from({ length: 1000 }, () => ITEM) })).toMatchObject({ kind: 'manifest' });
  });
});
