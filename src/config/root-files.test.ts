import { expect, test } from '@jest/globals';
import { readRootFiles } from './root-files.ts';

const FILES: Readonly<Record<string, string>> = { 'a.json': '{"a":1}', 'b.json': '{"b":1}' };

function readFile(path: string): string {
  const text = FILES[path];
  if (text === undefined) throw new Error(`there is no ${path}`);
  return text;
}

test('reads each file, and says which cannot be read', () => {
  expect(readRootFiles({}, readFile)).toEqual({ files: [], problems: [] });
  expect(readRootFiles({ PRESYNC_TRUSTED_ROOTS: 'a.json, c.json,b.json' }, readFile)).toEqual({
    files: [
      { name: 'a.json', json: '{"a":1}' },
      { name: 'b.json', json: '{"b":1}' },
    ],
    problems: [{ name: 'PRESYNC_TRUSTED_ROOTS', message: 'names a file that cannot be read: there is no c.json' }],
  });
});
