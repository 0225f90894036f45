import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { HOSTILE, hostileText, verdictOf } from '../../test/builders/hostile.ts';
import { markdownFacts } from '../../test/builders/markdown-facts.ts';
import { checkRunReport } from './check-run.ts';
import { verdictFormat } from './index.ts';

const INVISIBLE = /(?!\n)[\p{C}\p{Zl}\p{Zp}]/u;
/** Besides line breaks and the zero-width space that breaks mentions, of our own making. */
const INVISIBLE_IN_MARKDOWN = /(?![\n\u200b])[\p{C}\p{Zl}\p{Zp}]/u;
const OUR_HEADINGS =
  /^### (?:Could not be checked|Blocking|Who gains what|Advice|Accepted by a waiver): \d+\n*$|^### What would be applied: \d+ objects?\n*$/;
const OUR_ELEMENTS = ['details', 'details open', '/details', 'summary', '/summary', 'code', '/code'];
/** What GitHub makes links or pictures of, outside code. */
const AUTOLINKS = /@[\w-]|#\d|GH-\d|:\/\/|www\.|(?<![0-9a-z])(?=\d*[a-f])[0-9a-f]{7,40}(?![0-9a-z])|:[a-z_]+:/i;

function format(name: string, text: string, color = false): string {
  return verdictFormat(name)?.(verdictOf(text), { color }) ?? '';
}

function expectHarmless(markdown: string): void {
  const facts = markdownFacts(markdown);
  expect(markdown).not.toMatch(INVISIBLE_IN_MARKDOWN);
  expect(markdown).not.toContain('<!--');
  expect(facts.links).toEqual([]);
  expect(facts.headings.filter((heading) => !OUR_HEADINGS.test(heading))).toEqual([]);
  expect(facts.elements.filter((element) => !OUR_ELEMENTS.includes(element))).toEqual([]);
  const count = (element: string) => facts.elements.filter((one) => one.split(' ')[0] === element).length;
  expect(count('details')).toBe(count('/details'));
  expect(facts.prose).not.toMatch(AUTOLINKS);
}

describe.each(HOSTILE)('%s', (_, text) => {
  test('cannot steer a terminal', () => {
    expect(format('text', text)).not.toMatch(INVISIBLE);
  });

  test('leaves the colours to us', () => {
    // oxlint-disable-next-line no-control-regex -- the escapes are what is looked for
    expect(format('text', text, true).replaceAll(/\u001b\[(?:0|1|2|31|32|33)m/g, '')).not.toMatch(INVISIBLE);
  });

  test('stays as it is in JSON', () => {
    const verdict = JSON.parse(format('json', text)) as { apps: { cluster: string }[]; findings: { why: string }[] };
    expect(verdict.apps[0]?.cluster).toBe(text);
    expect(verdict.findings[0]?.why).toBe(text);
  });

  test('formats nothing in Markdown', () => {
    const markdown = format('markdown', text);
    expectHarmless(markdown);
    expect(markdownFacts(markdown.slice(0, markdown.indexOf('### What would'))).lastParagraph).toMatch(/^Merge of /);
  });

  test('formats nothing on GitHub', () => {
    const verdict = verdictOf(text);
    const hunks = [{ file: text, oldStart: 0, oldLines: 0, newStart: 1, newLines: 9 }];
    const { report, comments, reviewBody } = checkRunReport(verdict, { hunks });
    for (const markdown of [report.summary, report.text, reviewBody, ...comments.map(({ body }) => body)])
      expectHarmless(markdown);
    expect(report.title).toBe('1 blocking finding in 1 app; could not be checked: 1 of 2 apps and check rbac');
    expect(report.annotations.every(({ path }) => path === text || path === 'apps/shop/role.yaml')).toBe(true);
    for (const { title, message } of report.annotations)
      expect(`${title}${message}`).not.toMatch(/@\w|(?![\n\u200b])\p{C}/u);
  });
});

test('whatever a stranger writes, Markdown stays ours', () => {
  expect.hasAssertions();
  fc.assert(
    fc.property(hostileText, (text) => {
      expectHarmless(format('markdown', text));
    }),
    { numRuns: 300 },
  );
});

test('whatever a stranger writes, the terminal stays ours', () => {
  fc.assert(
    fc.property(hostileText, (text) => expect(format('text', text)).not.toMatch(INVISIBLE)),
    { numRuns: 300 },
  );
});
