import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { type Closure, closureFacts, type Listed, sameInputs } from './closure.ts';
import { parseOid } from './ids.ts';
import { MODES } from './tree.ts';

type Files = Readonly<Record<string, string>>;

/** Contents are one hex digit; `->` makes a link. */
function listing(files: Files): Listed {
  const entries = Object.entries(files).map(([path, content]) => ({
    path,
    mode: content.startsWith('->') ? MODES.link : MODES.file,
    oid: parseOid(content.slice(-1).repeat(40)),
  }));
  return { entries: entries.toSorted((left, right) => (left.path < right.path ? -1 : 1)) };
}

function closure(reads: Partial<Closure>): readonly Closure[] {
  return [{ at: '/', files: [], present: [], absent: [], listed: [], links: [], ...reads }];
}

const BASE: Files = { 'a/k.yaml': '1', 'a/x.yaml': '2', 'a-b': '3', 'b/c/d.yaml': '4', link: '->5' };

describe('sameInputs', () => {
  test.each<[string, Partial<Closure>, Files, boolean]>([
    ['a file that was read and is the same', { files: [['a/k.yaml', '']] }, { 'a/x.yaml': '9' }, true],
    ['a file that was read and changed', { files: [['a/k.yaml', '']] }, { 'a/k.yaml': '9' }, false],
    ['a file that was read, by its absolute path', { files: [['/a/k.yaml', '']] }, { 'a/k.yaml': '9' }, false],
    ['a file that was read and became a link', { files: [['a/k.yaml', '']] }, { 'a/k.yaml': '->1' }, false],
    ['a file that was only probed and changed', { present: ['a/k.yaml'] }, { 'a/k.yaml': '9' }, true],
    ['a probed link that points elsewhere', { present: ['link'] }, { link: '->6' }, false],
    ['a probed path behind a link that points elsewhere', { present: ['link/x'] }, { link: '->6' }, false],
    ['a probed folder that got another file', { present: ['a'] }, { 'a/new': '1' }, true],
    [
      'a path that was absent and is there now',
      { absent: ['a/kustomization.yml'] },
      { 'a/kustomization.yml': '1' },
      false,
    ],
    ['a path that was absent and is a folder now', { absent: ['n'] }, { 'n/x': '1' }, false],
    ['a path that was absent and stays so', { absent: ['a/n'] }, { 'a/nn': '1' }, true],
    ['a listed folder that got a file', { listed: ['a'] }, { 'a/new': '1' }, false],
    ['a listed folder that got a folder', { listed: ['a'] }, { 'a/new/x': '1' }, false],
    ['a listed folder whose file changed', { listed: ['a'] }, { 'a/x.yaml': '9' }, true],
    ['a listed folder with a change further below', { listed: ['b'] }, { 'b/c/e.yaml': '9' }, true],
    ['a listed folder beside one of nearly its name', { listed: ['a'] }, { 'a-c': '9', a0: '9' }, true],
    ['the listed root', { listed: [''] }, { new: '1' }, false],
    ['a listed file that became a link', { listed: ['a'] }, { 'a/x.yaml': '->2' }, false],
    ['a listed link that points elsewhere', { listed: ['link'] }, { link: '->6' }, false],
    ['a followed link that points elsewhere', { links: ['link'] }, { link: '->6' }, false],
    ['a followed link that is the same', { links: ['link'] }, { 'a/k.yaml': '9' }, true],
  ])('%s', (_, reads, change, expected) => {
    const changed = listing({ ...BASE, ...change });
    expect(sameInputs(closure(reads), listing(BASE), changed)).toBe(expected);
    expect(sameInputs(closure(reads), changed, listing(BASE))).toBe(expected);
  });

  test('a file that was read and is gone is another input', () => {
    const { 'a/k.yaml': _, ...rest } = BASE;
    expect(sameInputs(closure({ files: [['a/k.yaml', '1']] }), listing(BASE), listing(rest))).toBe(false);
    expect(sameInputs(closure({ present: ['a/k.yaml'] }), listing(BASE), listing(rest))).toBe(false);
    expect(sameInputs(closure({ listed: ['a'] }), listing(BASE), listing(rest))).toBe(false);
  });

  test('one differing mount is enough', () => {
    const [first, second] = [closure({ links: ['link'] }), closure({ files: [['a-b', '3']] })];
    expect(sameInputs([...first, ...second], listing(BASE), listing({ ...BASE, 'a-b': '4' }))).toBe(false);
  });
});

const aName = fc.constantFrom('a', 'b', 'a-b', 'a.c', '0');
const aPath = fc.array(aName, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const aContent = fc.constantFrom('1', '2', '->1', '->2');
/** No path is below another one that is a file. */
const someFiles = fc.dictionary(aPath, aContent, { maxKeys: 8 }).map((files): Files => {
  const paths = Object.keys(files);
  return Object.fromEntries(
    Object.entries(files).filter(([path]) => !paths.some((other) => path.startsWith(`${other}/`))),
  );
});
const somePaths = fc.array(aPath, { maxLength: 4 });
const aClosure = fc
  .record({ files: somePaths, present: somePaths, absent: somePaths, listed: somePaths, links: somePaths })
  .map(({ files, ...rest }) => closure({ ...rest, files: files.map((path) => [path, ''] as const) }));

test('a tree is the same input as itself', () => {
  fc.assert(
    fc.property(aClosure, someFiles, (reads, files) =>
      expect(sameInputs(reads, listing(files), listing(files))).toBe(true),
    ),
  );
});

test('the order of the sides does not matter', () => {
  fc.assert(
    fc.property(aClosure, someFiles, someFiles, (reads, left, right) =>
      expect(sameInputs(reads, listing(left), listing(right))).toBe(sameInputs(reads, listing(right), listing(left))),
    ),
  );
});

test('who looks at more sees no fewer differences', () => {
  fc.assert(
    fc.property(aClosure, aClosure, someFiles, someFiles, (few, more, left, right) => {
      fc.pre(!sameInputs(few, listing(left), listing(right)));
      expect(sameInputs([...few, ...more], listing(left), listing(right))).toBe(false);
    }),
  );
});

test('who reads every file and lists every folder sees every difference', () => {
  fc.assert(
    fc.property(someFiles, someFiles, (left, right) => {
      const paths = [...Object.keys(left), ...Object.keys(right)];
      const folders = paths.flatMap((path) =>
        path.split('/').map((_, index, parts) => parts.slice(0, index).join('/')),
      );
      const reads = closure({ files: paths.map((path) => [path, ''] as const), listed: folders });
      const equal = JSON.stringify(listing(left)) === JSON.stringify(listing(right));
      expect(sameInputs(reads, listing(left), listing(right))).toBe(equal);
    }),
  );
});

test('the facts of two trees are equal exactly where they are the same input', () => {
  fc.assert(
    fc.property(aClosure, someFiles, someFiles, (reads, left, right) => {
      const [before, after] = [listing(left), listing(right)];
      expect(closureFacts(reads, before) === closureFacts(reads, after)).toBe(sameInputs(reads, before, after));
    }),
  );
});

test('the facts are those of the tree, whatever the closure says was read', () => {
  fc.assert(
    fc.property(aClosure, someFiles, fc.constantFrom('', '1', 'f'), (reads, files, oid) => {
      const others = reads.map((one) => ({ ...one, files: one.files.map(([path]) => [path, oid] as const) }));
      expect(closureFacts(others, listing(files))).toBe(closureFacts(reads, listing(files)));
    }),
  );
});
