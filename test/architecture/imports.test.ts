import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const execute = promisify(execFile);
const FOLDERS = ['src', 'workers', 'test', 'bench', 'scripts', 'examples'];

async function sourcesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => name.endsWith('.ts')).map((name) => `${folder}/${name}`);
}

/** Without a parser that fits, dependency-cruiser reads no TypeScript at all and reports success. */
test('the import rules see every source file', async () => {
  const args = ['node_modules/dependency-cruiser/bin/dependency-cruiser.mjs', ...FOLDERS, '--output-type', 'json'];
  const { stdout } = await execute(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 });
  const report: { readonly modules: readonly { readonly source: string }[] } = JSON.parse(stdout);
  const seen = new Set(report.modules.map(({ source }) => source));
  const sources = (await Promise.all(FOLDERS.map(sourcesIn))).flat();
  expect(sources.filter((source) => !seen.has(source))).toEqual([]);
}, 60_000);
