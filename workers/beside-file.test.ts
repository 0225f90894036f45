import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { withFiles } from '../src/pipeline/rules.ts';
import { besideFile } from './beside-file.ts';

test('files that the operator’s policy names lie beside it; what is none is not there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'presync-beside-'));
  try {
    await mkdir(join(folder, 'keys'));
    await writeFile(join(folder, 'keys', 'a.pub'), 'a key');
    const keys = ['keys/a.pub', 'keys/b.pub', 'keys', 'keys/a.pub/c'].map((file) => `{ file: ${file} }`).join(', ');
    const text = `version: 1\nimages: [{ match: "**", require: { signature: { key: [${keys}] } } }]\n`;
    const written = await withFiles({ file: 'presync.yaml', text }, besideFile(join(folder, 'presync.yaml')));
    expect(written).toEqual({ file: 'presync.yaml', text, files: { 'keys/a.pub': 'a key' } });
  } finally {
    await rm(folder, { recursive: true });
  }
});

function nothing(): Promise<undefined> {
  return Promise.reject(new Error('nothing is read'));
}

test('a text that is no policy names no files', async () => {
  expect(await withFiles({ file: 'a', text: 'version: 2' }, nothing)).toEqual({
    file: 'a',
    text: 'version: 2',
    files: {},
  });
});
