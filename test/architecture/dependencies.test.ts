import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(ROOT, 'docs', 'dependencies.md'), 'utf8');
const manifest: Readonly<Record<string, Readonly<Record<string, string>>>> = JSON.parse(
  readFileSync(join(ROOT, 'package.json'), 'utf8'),
);
const COMPATIBLE = ['Apache-2.0', 'MIT', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC'];

interface Row {
  readonly name: string;
  readonly licence: string;
  readonly why: string;
}

function rowsUnder(heading: string): readonly Row[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \|$/gm)].map(
    ([, name = '', licence = '', why = '']) => ({ name, licence, why }),
  );
}

function directModules(): readonly string[] {
  const file = readFileSync(join(ROOT, 'engine', 'go.mod'), 'utf8');
  const blocks = [...file.matchAll(/^require \(\n([\s\S]*?)^\)/gm)].map(([, block = '']) => block).join('');
  const lines = blocks.split('\n').filter((line) => line.trim() !== '' && !line.includes('// indirect'));
  return lines.map((line) => line.trim().split(' ')[0] ?? '');
}

const SECTIONS: readonly (readonly [string, readonly string[]])[] = [
  ['In the service', Object.keys(manifest['dependencies'] ?? {})],
  ['Optional', Object.keys(manifest['optionalDependencies'] ?? {})],
  ['For development', Object.keys(manifest['devDependencies'] ?? {})],
  ['In the engine', directModules()],
];

test.each(SECTIONS)('docs/dependencies.md, "%s": each dependency, and nothing else', (heading, names) => {
  expect(names.length).toBeGreaterThan(0);
  expect(
    rowsUnder(heading)
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual(names.toSorted());
});

test.each(SECTIONS)('"%s": each has a reason, and a licence that Apache-2.0 goes with', (heading, names) => {
  expect(rowsUnder(heading)).toHaveLength(names.length);
  for (const { name, licence, why } of rowsUnder(heading)) {
    expect([name, why.length > 4]).toEqual([name, true]);
    const unknown = licence.split(/, | OR /).filter((one) => !COMPATIBLE.includes(one));
    expect([name, unknown]).toEqual([name, []]);
  }
});

test.each(['In the service', 'For development'])('"%s": the licence is the one that the package names', (heading) => {
  for (const { name, licence } of rowsUnder(heading)) {
    const own: { readonly license: string } = JSON.parse(
      readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8'),
    );
    expect([name, licence]).toEqual([name, own.license]);
  }
});

test('versions of packages are exact', () => {
  const versions = ['dependencies', 'optionalDependencies', 'devDependencies'].flatMap((kind) =>
    Object.entries(manifest[kind] ?? {}),
  );
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});
