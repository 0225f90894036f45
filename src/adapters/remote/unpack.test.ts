import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { type ArchiveEntry, aTar, aTgz, pax, tarHeader, withSum } from '../../../test/builders/archive.ts';
import { PresyncError } from '../../model/error.ts';
import { UNPACK_LIMITS, type UnpackLimits, unpack } from './unpack.ts';

const artifact = { name: 'https://charts.example/shop-1.0.0.tgz', content: 'artifact' } as const;
const chart = { ...artifact, content: 'chart' } as const;
const CHART: ArchiveEntry = { name: 'shop/Chart.yaml', text: 'name: shop' };

async function listing(
  archive: Uint8Array,
  options: Parameters<typeof unpack>[1] = artifact,
): Promise<readonly string[]> {
  const { entries } = await unpack(archive, options);
  return entries.map(({ mode, path }) => `${mode} ${path}`);
}

describe('an archive becomes a tree', () => {
  test('of files, their modes, and links that stay inside', async () => {
    const tar = aTar([
      { name: './', type: '5' },
      { name: './b/run.sh', text: '#!', mode: 0o755 },
      { name: 'a.yaml', text: 'kind: A' },
      { name: 'b/link', type: '2', target: '../a.yaml' },
    ]);
    for (const archive of [tar, gzipSync(tar)]) {
      expect(await listing(archive)).toEqual(['100644 a.yaml', '120000 b/link', '100755 b/run.sh']);
    }
    const tree = await unpack(tar, artifact);
    const texts = await Promise.all(tree.entries.map(async ({ oid }) => Buffer.from(await tree.read(oid)).toString()));
    expect(texts).toEqual(['kind: A', '../a.yaml', '#!']);
  });

  test('whose id is that of its files alone', async () => {
    const one = await unpack(
      aTar([
        { name: 'a', text: '1' },
        { name: 'b', text: '2' },
      ]),
      artifact,
    );
    const again = await unpack(aTgz({ b: '2', a: '1' }), artifact);
    const others = [
      aTgz({ a: '1', b: '3' }),
      aTgz({ a: '1', c: '2' }),
      aTgz({ a: '1' }),
      aTar([
        { name: 'a', text: '1', mode: 0o755 },
        { name: 'b', text: '2' },
      ]),
    ];
    expect(again.id).toBe(one.id);
    for (const other of others) expect((await unpack(other, artifact)).id).not.toBe(one.id);
  });

  test('of a chart without its folder', async () => {
    const archive = aTgz({ 'shop/Chart.yaml': 'name: shop', 'shop/templates/a.yaml': 'a' });
    expect(await listing(archive, chart)).toEqual(['100644 Chart.yaml', '100644 templates/a.yaml']);
  });

  test('with names longer than a header holds', async () => {
    const long = `${'a'.repeat(120)}/ü.yaml`;
    expect(await listing(aTar([pax({ path: long, mtime: '1.5' }), { name: 'cut', text: 'x' }]))).toEqual([
      `100644 ${long}`,
    ]);
    expect(
      await listing(
        aTar([{ name: '././@LongLink', type: 'L', text: `${long}\0` }, { name: 'cut', text: 'x' }, { name: 'b' }]),
      ),
    ).toEqual([`100644 ${long}`, '100644 b']);
    expect(await listing(aTar([pax({ comment: 'of git archive' }, 'g'), { name: 'b' }]))).toEqual(['100644 b']);
  });

  test('as the tar of this machine packs it, in each of its formats', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'presync-test-'));
    const name = `${'n'.repeat(110)}.yaml`;
    writeFileSync(join(folder, name), 'long');
    writeFileSync(join(folder, 'a'), 'short');
    symlinkSync('a', join(folder, 'b'));
    for (const format of ['gnu', 'pax', 'ustar']) {
      const files = format === 'ustar' ? ['a', 'b'] : ['.'];
      const packed = execFileSync('tar', ['--create', '--gzip', `--format=${format}`, '--directory', folder, ...files]);
      expect(await listing(packed)).toEqual([
        '100644 a',
        '120000 b',
        ...(format === 'ustar' ? [] : [`100644 ${name}`]),
      ]);
    }
    rmSync(folder, { recursive: true });
  });
});

describe('A12: an archive is refused', () => {
  test.each<[string, readonly ArchiveEntry[], RegExp]>([
    ['that climbs', [{ name: '../x' }], /"\.\.\/x" is no path inside it/],
    ['that climbs from within', [{ name: 'a/../../x' }], /is no path inside it/],
    ['that climbs by a long name', [pax({ path: 'a/../../x' }), { name: 'a' }], /is no path inside it/],
    ['with an absolute path', [{ name: '/etc/passwd' }], /is no path inside it/],
    ['with a path of Windows', [{ name: 'a\\..\\x' }], /is no path inside it/],
    ['with a drive', [{ name: 'c:/x' }], /is no path inside it/],
    ['with a control character', [{ name: 'a\nb' }], /is no path inside it/],
    ['with a file without a name', [{ name: '.' }], /has no name/],
    ['with a hard link', [{ name: 'a' }, { name: 'b', type: '1', target: '/etc/passwd' }], /"b" is a hard link/],
    ['with a character device', [{ name: 'a', type: '3' }], /"a" is a device/],
    ['with a block device', [{ name: 'a', type: '4' }], /"a" is a device/],
    ['with a pipe', [{ name: 'a', type: '6' }], /"a" is a named pipe/],
    ['with a sparse file', [{ name: 'a', type: 'S' }], /"a" is a sparse file/],
    ['with a sparse file by records', [pax({ 'GNU.sparse.major': '1' }), { name: 'a' }], /understand differently/],
    ['with a type of somebody', [{ name: 'a', type: 'Z' }], /of a type that not every reader knows/],
    ['with a path for all entries', [pax({ path: 'x' }, 'g'), { name: 'a' }], /understand differently/],
    ['with a size that is none', [pax({ size: '-1' }), { name: 'a' }], /understand differently/],
    [
      'with a file twice',
      [
        { name: 'a', text: '1' },
        { name: './a', text: '2' },
      ],
      /"a" is in it twice/,
    ],
    ['with a file that is a folder', [{ name: 'a' }, { name: 'a/b' }], /"a" is a file or a link in it, and a folder/],
    [
      'with a folder that is a file',
      [{ name: 'a' }, { name: 'a/', type: '5' }],
      /"a" is a file or a link in it, and a folder/,
    ],
    ['with a file behind a link', [{ name: 'a', type: '2', target: '.' }, { name: 'a/b' }], /"a" is a file or a link/],
    ['with a folder that has bytes', [{ name: 'a/', type: '5', text: 'hidden' }], /is no file, but has bytes/],
    [
      'with a link that has bytes',
      [{ name: 'a', type: '2', target: 'b', text: 'hidden' }],
      /is no file, but has bytes/,
    ],
    ['with a link to a root', [{ name: 'a', type: '2', target: '/etc/passwd' }], /the link "a" leads out of it/],
    ['with a link that climbs', [{ name: 'b/a', type: '2', target: '../../x' }], /the link "b\/a" leads out of it/],
    [
      'with a link that climbs behind a name',
      [{ name: 'a', type: '2', target: 'b/../../x' }],
      /the link "a" leads out of it/,
    ],
    [
      'with a link that climbs behind another link',
      [
        { name: 'd/up', type: '2', target: '..' },
        { name: 'a', type: '2', target: 'd/up/../x' },
      ],
      /the link "a" leads out of it/,
    ],
    [
      'with a link by a record',
      [pax({ linkpath: '/etc/passwd' }), { name: 'a', type: '2', target: 'b' }],
      /leads out of it/,
    ],
    ['with a link to nothing', [{ name: 'a', type: '2' }], /leads out of it/],
    [
      'that is deeper than any',
      [
        { name: `${'a/'.repeat(70)}b`.slice(0, 99) + '/a'.repeat(0) },
        pax({ path: `${'a/'.repeat(70)}b` }),
        { name: 'a' },
      ],
      /too long or too deep/,
    ],
    ['with a name without an end', [pax({ path: 'a'.repeat(2000) }), { name: 'a' }], /too long or too deep/],
    [
      'with a name beyond reason',
      [{ name: 'x', type: 'L', text: 'a'.repeat(100_000) }, { name: 'a' }],
      /longer than any path/,
    ],
    ['that ends too early', [{ name: 'a', text: 'x', size: 5000 }], /ends in the middle of an entry/],
  ])('%s', async (_, entries, sentence) => {
    await expect(unpack(aTar(entries), artifact)).rejects.toThrow(sentence);
    await expect(unpack(gzipSync(aTar(entries)), artifact)).rejects.toThrow(
      /^the archive https:\/\/charts.example\/shop-1.0.0.tgz is not used: /,
    );
  });

  test.each<[string, Buffer, RegExp]>([
    [
      'with a wrong sum',
      Buffer.concat([tarHeader({ name: 'a' }).fill('x', 0, 1), Buffer.alloc(1024)]),
      /no tar archive/,
    ],
    [
      'with a number that is none',
      Buffer.concat([withSum(tarHeader({ name: 'a' }).fill('9', 124, 135)), Buffer.alloc(1024)]),
      /a number in it cannot be read/,
    ],
    [
      'with a number below nothing',
      Buffer.concat([withSum(tarHeader({ name: 'a' }).fill(0xff, 124, 136)), Buffer.alloc(1024)]),
      /a number in it cannot be read/,
    ],
    [
      'with a name that is no UTF-8',
      Buffer.concat([withSum(tarHeader({ name: 'a' }).fill(0xff, 0, 1)), Buffer.alloc(1024)]),
      /no UTF-8/,
    ],
    [
      'of the star format',
      Buffer.concat([withSum(tarHeader({ name: 'a' }).fill('tar\0', 508)), Buffer.alloc(1024)]),
      /of an old kind/,
    ],
    ['of nothing', Buffer.alloc(0), /no tar archive/],
    ['of less than a header', Buffer.from('no'), /no tar archive/],
    ['with half a header behind a file', aTar([{ name: 'a', text: 'x' }]).subarray(0, 1100), /goes on behind|cut off/],
    [
      'that goes on behind its end',
      Buffer.concat([Buffer.alloc(512), aTar([{ name: 'a' }])]),
      /goes on behind its end/,
    ],
    ['that is a page', Buffer.from('<html>'.repeat(200)), /a number in it cannot be read/],
    ['that is cut off', aTgz({ a: 'x'.repeat(1000) }).subarray(0, -10), /it is damaged/],
    [
      'with records that lie about their length',
      aTar([{ name: 'x', type: 'x', text: '99 path=a\n' }, { name: 'a' }]),
      /extended header/,
    ],
    [
      'with records without an end',
      aTar([{ name: 'x', type: 'x', text: '0 a=b\n' }, { name: 'a' }]),
      /extended header/,
    ],
  ])('%s', async (_, bytes, sentence) => {
    await expect(unpack(bytes, artifact)).rejects.toThrow(sentence);
  });

  test.each<[string, () => Buffer, Partial<UnpackLimits>]>([
    ['that unpacks to a thousand times its size', () => gzipSync(Buffer.alloc(20_000_000)), {}],
    [
      'that is larger than Helm and Flux take',
      () => gzipSync(aTar([{ name: 'a', text: Buffer.alloc(5000, 'x') }])),
      { maxBytes: 4096 },
    ],
    [
      'that is larger, without being packed',
      () => aTar([{ name: 'a', text: Buffer.alloc(5000, 'x') }]),
      { maxBytes: 4096 },
    ],
    [
      'with more entries than any',
      () => gzipSync(aTar(Array.from({ length: 11 }, (_, index) => ({ name: `${index}` })))),
      { maxEntries: 10 },
    ],
    [
      'with more folders than any',
      () => gzipSync(aTar(Array.from({ length: 11 }, () => ({ name: 'a/', type: '5' })))),
      { maxEntries: 10 },
    ],
  ])('%s', async (_, bytes, limits) => {
    await expect(unpack(bytes(), { ...artifact, limits: { ...UNPACK_LIMITS, ...limits } })).rejects.toMatchObject({
      code: 'TOO_LARGE',
    });
  });

  test('or a tree, but never anything else', async () => {
    const name = fc.constantFrom('a', 'b', 'a/b', '../a', '/a', './', 'a/', '');
    const entry = fc.record({
      name,
      type: fc.constantFrom('0', '1', '2', '5', 'x', 'g', 'L', 'K', 'S'),
      target: name,
      text: fc.string({ maxLength: 20 }),
    });
    const flip = fc.array(fc.tuple(fc.nat(4000), fc.nat(255)), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 5 }), flip, async (entries, flips) => {
        const archive = aTar(entries);
        for (const [at, byte] of flips) archive[at % archive.length] = byte;
        const error: unknown = await unpack(archive, artifact).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        expect(error === undefined || error instanceof PresyncError).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('A7: a packed chart is refused', () => {
  test.each<[string, readonly ArchiveEntry[], RegExp]>([
    [
      'whose Chart.lock is a link',
      [CHART, { name: 'shop/Chart.lock', type: '2', target: 'Chart.yaml' }],
      /"shop\/Chart.lock" is a link; a packed chart has files alone/,
    ],
    ['whose folder is ".."', [{ name: '../Chart.yaml' }], /is no path inside it/],
    ['with two folders', [CHART, { name: 'other/values.yaml' }], /it is no chart/],
    ['with a file beside its folder', [CHART, { name: 'values.yaml' }], /it is no chart/],
    ['without a folder', [{ name: 'Chart.yaml' }], /it is no chart/],
    ['without Chart.yaml', [{ name: 'shop/values.yaml' }], /it is no chart/],
    ['that is empty', [], /it is no chart/],
  ])('%s', async (_, entries, sentence) => {
    await expect(unpack(aTar(entries), chart)).rejects.toThrow(sentence);
  });
});
