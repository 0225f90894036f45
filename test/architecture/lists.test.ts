import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { CHECKS } from '../../src/checks/index.ts';
import { ANNOUNCED, COMMANDS } from '../../src/commands/index.ts';
import { SETTING_NAMES } from '../../src/config/settings.ts';
import { CONVENTIONS } from '../../src/discover/index.ts';
import { RENDERERS } from '../../src/render/index.ts';
import { FORMATS, RENDER_FORMATS } from '../../src/report/index.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

function sourcesIn(folder: string, ending = '.ts'): readonly string[] {
  const isTest = (name: string) => name.endsWith(`.test${ending}`) || name.endsWith(`_test${ending}`);
  return readdirSync(join(ROOT, folder)).filter((name) => name.endsWith(ending) && !isTest(name));
}

function foldersIn(folder: string): readonly string[] {
  const entries = readdirSync(join(ROOT, folder), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Files of a folder that export a value of this type, in the one way that the house writes it. */
function filesWith(folder: string, type: string): readonly string[] {
  const declares = new RegExp(String.raw`^export const \w+: ${type} =`, 'm');
  return sourcesIn(folder).filter((name) => name !== 'index.ts' && declares.test(text(`${folder}/${name}`)));
}

const named = (names: readonly string[]): readonly string[] =>
  names.map((name) => name.replace(/\.ts$/, '')).toSorted();

/** Checks that src/pipeline makes itself: every changed file has a reader, every app its objects, the merge is clean. */
const OF_THE_PIPELINE = ['discover', 'render', 'merge'];

describe('what stands in a folder stands in its list', () => {
  test('folders of tests: each runs in a project', () => {
    const listed = [...text('jest.config.js').matchAll(/test\/\{([a-z0-9,]+)\}/g)].flatMap(([, names = '']) =>
      names.split(','),
    );
    const held = foldersIn('test').filter((name) =>
      readdirSync(join(ROOT, 'test', name)).some((file) => file.endsWith('.test.ts')),
    );
    expect(held.filter((name) => !listed.includes(name))).toEqual([]);
  });

  test('checks: a folder each, with a page', () => {
    const ids = CHECKS.map(({ id }) => id).toSorted();
    expect(foldersIn('src/checks').toSorted()).toEqual(ids);
    const pages = sourcesIn('docs/checks', '.md').map((name) => name.replace(/\.md$/, ''));
    expect(ids.filter((id) => !pages.includes(id))).toEqual([]);
    expect(pages.filter((page) => ![...ids, ...OF_THE_PIPELINE].includes(page))).toEqual([]);
  });

  test('kinds of controller objects', () => {
    expect(CONVENTIONS.map(({ id }) => id).toSorted()).toEqual(named(filesWith('src/discover', 'Convention')));
  });

  test('ways to render', () => {
    expect(RENDERERS.map(({ type }) => type).toSorted()).toEqual(named(filesWith('src/render', 'Renderer')));
  });

  test('commands', () => {
    expect(Object.keys(COMMANDS).toSorted()).toEqual(named(filesWith('src/commands', 'Command')));
  });

  test('formats: a file each', () => {
    const files = sourcesIn('src/report');
    expect([...FORMATS.keys()].filter((name) => !files.includes(`${name}.ts`))).toEqual([]);
  });

  test('rules of a check: each file that writes one is imported by its list', () => {
    for (const { id } of CHECKS) {
      const folder = `src/checks/${id}`;
      const rules = sourcesIn(folder).filter((name) =>
        /^export const \w+: \w*(?:Rule|Row)\b/m.test(text(`${folder}/${name}`)),
      );
      const list = text(`${folder}/index.ts`);
      expect(rules.filter((name) => name !== 'index.ts' && !list.includes(`'./${name}'`))).toEqual([]);
    }
  });

  test('operations of the engine: every function of that shape, and every name that the port knows', () => {
    const table = [...text('engine/operations/table.go').matchAll(/^\t"([\w.]+)":\s+(\w+),$/gm)];
    const sources = sourcesIn('engine/operations', '.go').map((name) => text(`engine/operations/${name}`));
    const written = sources.flatMap((source) =>
      [...source.matchAll(/^func (\w+)\(\w+ \*Request\) \(\*Result, error\) \{$/gm)].map(([, name = '']) => name),
    );
    expect(table.map(([, , name = '']) => name).toSorted()).toEqual(written.toSorted());
    const port = /export type Operation =([^;]*);/.exec(text('src/ports/engine.ts'))?.[1] ?? '';
    const asked = [...port.matchAll(/'([^']+)'/g)].map(([, name = '']) => name);
    expect(table.map(([, name = '']) => name).toSorted()).toEqual(asked.toSorted());
  });
});

describe('the documentation names', () => {
  test.each(SETTING_NAMES)('the setting %s', (name) => {
    expect(text('docs/settings.md')).toContain(`\`${name}\``);
  });

  test.each([...Object.keys(COMMANDS), ...ANNOUNCED])('the command %s', (name) => {
    expect(text('docs/cli.md')).toMatch(new RegExp(String.raw`\`(?:presync )?${name}\b`));
  });

  test.each([...FORMATS.keys(), ...RENDER_FORMATS.keys()])('the format %s', (name) => {
    expect(text('docs/cli.md')).toMatch(new RegExp(String.raw`\b${name}\b`));
  });
});

describe('a decision record', () => {
  const records = sourcesIn('docs/decisions', '.md');

  test.each(records)('%s has a number, and its five parts in order', (name) => {
    const record = text(`docs/decisions/${name}`);
    const parts = [...record.matchAll(/^\*\*(\w[\w ]*)\.\*\*/gm)].map(([, part]) => part);
    expect(record).toMatch(new RegExp(`^# ${Number(name.slice(0, 4))}\\. `));
    expect(parts.map((part) => (part === 'Read' ? 'Measured' : part))).toEqual([
      'Question',
      'Measured',
      'Decision',
      'Cost',
      'Reopens it',
    ]);
  });

  test('numbers are given once, without gaps', () => {
    expect(records.map((name) => Number(name.slice(0, 4))).toSorted((a, b) => a - b)).toEqual(
      records.map((_, index) => index + 1),
    );
  });
});
