import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { anAnnotation } from '../../../test/builders/worker.ts';
import { commentPlace, fitBody, fitLines, fitReport, MAX_REPORT_BYTES } from './fit.ts';

const report = { title: 'Failed', summary: 'summary', text: '', annotations: [] };

test('what fits is left as it is', () => {
  const whole = { ...report, text: 'a\n'.repeat(32_767), annotations: [anAnnotation(3)] };
  expect(fitReport(whole)).toEqual(whole);
});

test.each([
  ['at the limit', MAX_REPORT_BYTES, false],
  ['one past it', MAX_REPORT_BYTES + 1, true],
])('a summary %s is cut or not (C3)', (_name, bytes, isCut) => {
  const { summary } = fitReport({ ...report, summary: 'x'.repeat(bytes) });
  expect(summary.endsWith('more line')).toBe(isCut);
});

test('a cut falls between lines, and says how many are missing', () => {
  expect(fitLines(Array.from({ length: 100 }, (_, at) => `line ${at}`).join('\n'), 300)).toBe(
    ['line 0', 'line 1', 'line 2', 'line 3', 'line 4', 'line 5', '', '… 94 more lines'].join('\n'),
  );
});

test('a cut closes the fence and the folds that it falls into', () => {
  const text = ['<details>', '', '````yaml', '```', ...Array.from({ length: 200 }, () => 'x: 1'), '````', '</details>'];
  const lines = fitLines(text.join('\n'), 400).split('\n');
  expect(lines.slice(-4)).toEqual(['````', '</details>', '', lines.at(-1)]);
});

test.each([
  ['a line before the first', { startLine: 0, endLine: 0 }, { startLine: 1, endLine: 1 }],
  ['an end before its start', { startLine: 9, endLine: 3 }, { startLine: 9, endLine: 9 }],
  ['a title of 256 letters', { title: 'x'.repeat(256) }, { title: `${'x'.repeat(253)} …` }],
  ['a title of 255 letters', { title: 'x'.repeat(255) }, { title: 'x'.repeat(255) }],
  ['a title of two lines', { title: 'a\nb' }, { title: 'a b' }],
  ['no message', { message: '' }, { message: 'rbac/wildcard' }],
])('an annotation with %s is put right (C4)', (_name, given, expected) => {
  const { annotations } = fitReport({ ...report, annotations: [{ ...anAnnotation(5), ...given }] });
  expect(annotations).toMatchObject([expected]);
});

test('no text is ever too long, whatever it is made of', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 2_000 }), { maxLength: 60 }), (lines) => {
      const text = lines.join('\n').repeat(3);
      expect(Buffer.byteLength(fitBody(text))).toBeLessThanOrEqual(65_536);
      expect(Buffer.byteLength(fitLines(text, 1_000))).toBeLessThanOrEqual(1_000);
    }),
  );
});

test.each([
  ['a single line', { line: 4, startLine: 4 }, { line: 4, side: 'RIGHT' }],
  ['several lines', { line: 6, startLine: 4 }, { line: 6, side: 'RIGHT', start_line: 4, start_side: 'RIGHT' }],
  ['a start behind its end', { line: 4, startLine: 9 }, { line: 4, side: 'RIGHT' }],
])('a comment on %s stands where GitHub takes it (R2)', (_name, lines, place) => {
  expect(commentPlace({ path: 'a', body: 'b', ...lines })).toEqual({ path: 'a', ...place });
});
