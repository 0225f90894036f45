import { chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { codeFolder } from './code-cache.ts';

const opened: { top: string } = { top: '' };

beforeEach(() => {
  opened.top = realpathSync(mkdtempSync(join(tmpdir(), 'presync-code-')));
});

afterEach(() => {
  rmSync(opened.top, { recursive: true, force: true });
});

function folderOf(environment: Readonly<Record<string, string>> = {}, cwd = '/nowhere', uid = process.getuid?.()) {
  const at = cwd === '/nowhere' ? opened.top.replace(/[^/]+$/, 'another') : cwd;
  mkdirSync(at, { recursive: true });
  return codeFolder({ cwd: at, environment: { XDG_CACHE_HOME: join(opened.top, 'cache'), ...environment } }, uid);
}

/** Where it would lie, made in advance. */
function made(mode = 0o700): string {
  const folder = join(opened.top, 'cache', 'presync', 'code');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, mode);
  return folder;
}

describe('where compiled code is kept', () => {
  test('in a folder that this user alone can open, below the cache folder', () => {
    const folder = folderOf();
    expect(folder).toBe(join(opened.top, 'cache', 'presync', 'code'));
    expect(statSync(folder ?? '').mode & 0o777).toBe(0o700);
    expect(folderOf()).toBe(folder);
  });

  test.each([0o701, 0o710, 0o720, 0o702, 0o755, 0o777])('not where others can enter it: mode %o', (mode) => {
    made(mode);
    expect(folderOf()).toBeUndefined();
  });

  test.each([0o720, 0o702, 0o777])('not where others can replace a folder above it: mode %o', (mode) => {
    made();
    chmodSync(join(opened.top, 'cache'), mode);
    expect(folderOf()).toBeUndefined();
  });

  test('below a folder like /tmp, where everybody writes and nobody replaces what is not theirs', () => {
    const folder = made();
    chmodSync(join(opened.top, 'cache'), 0o1777);
    expect(folderOf()).toBe(folder);
  });

  test('not in a folder of somebody else, nor where nobody says who runs presync', () => {
    const folder = made();
    expect(folderOf({}, undefined, (process.getuid?.() ?? 0) + 1)).toBeUndefined();
    expect(codeFolder({ cwd: '/tmp', environment: { XDG_CACHE_HOME: join(opened.top, 'cache') } }, -1)).toBeUndefined();
    expect(folder).toBe(folderOf());
  });

  test('not below a folder of somebody else, which only root can make', () => {
    made();
    const isRoot = process.getuid?.() === 0;
    chownSync(join(opened.top, 'cache'), isRoot ? 4242 : (process.getuid?.() ?? 0), process.getgid?.() ?? 0);
    expect(folderOf() === undefined).toBe(isRoot);
  });

  test('not in a working tree, whatever is checked', () => {
    mkdirSync(join(opened.top, '.git'));
    expect(folderOf()).toBeUndefined();
  });

  test('not below where presync is started, where files of a change may lie', () => {
    expect(folderOf({}, opened.top)).toBeUndefined();
    expect(folderOf({}, join(opened.top, 'cache', 'presync', 'code'))).toBeUndefined();
    expect(folderOf({}, join(opened.top, 'cac'))).toBeDefined();
  });

  test('not where a link leads to such a place', () => {
    const tree = join(opened.top, 'tree');
    mkdirSync(join(tree, '.git'), { recursive: true });
    mkdirSync(join(tree, 'deep'));
    mkdirSync(join(opened.top, 'cache'), { mode: 0o700 });
    symlinkSync(join(tree, 'deep'), join(opened.top, 'cache', 'presync'));
    expect(folderOf()).toBeUndefined();
  });

  test.each([
    ['true', false],
    ['1', false],
    ['woodpecker', false],
    ['false', true],
    ['0', true],
    ['', true],
  ])('not in a job of a CI: CI=%j', (CI, isKept) => {
    expect(folderOf({ CI }) !== undefined).toBe(isKept);
  });

  test('not without a home', () => {
    expect(codeFolder({ cwd: '/', environment: {} })).toBeUndefined();
    expect(codeFolder({ cwd: opened.top, environment: { HOME: 'relative' } })).toBeUndefined();
  });
});
