import { readdirSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { FORMATS, NOT_BUILT_YET, RENDER_FORMATS, renderFormat, verdictFormat } from './index.ts';

test('every format is a file of its name', () => {
  const files = readdirSync(import.meta.dirname);
  expect([...FORMATS.keys()].filter((name) => !files.includes(`${name}.ts`))).toEqual([]);
});

test('there are these formats', () => {
  expect([...FORMATS.keys()]).toEqual(['text', 'json', 'markdown', 'html']);
  expect([...RENDER_FORMATS.keys()]).toEqual(['yaml', 'json']);
});

test.each([...NOT_BUILT_YET, 'jsn', '', 'constructor', '__proto__'])('"%s" is no format', (name) => {
  expect([verdictFormat(name), renderFormat(name)]).toEqual([undefined, undefined]);
});
