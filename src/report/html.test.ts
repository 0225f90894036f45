import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { HOSTILE, hostileText, verdictOf } from '../../test/builders/hostile.ts';
import {
  aFinding,
  aGainFinding,
  anAppResult,
  anObjectChange,
  aPathStep,
  aVerdict,
} from '../../test/builders/verdict.ts';
import type { Verdict } from '../model/verdict.ts';
import { STYLE, STYLE_HASH } from './html/style.ts';
import { verdictFormat } from './index.ts';

function page(given: Partial<Verdict> = {}): string {
  return verdictFormat('html')?.(aVerdict(given), { color: false }) ?? '';
}

/** All that the page may consist of besides text. */
const ELEMENTS =
  'html|head|title|style|body|main|h1|h2|p|ul|ol|li|code|strong|span|article|details|summary|div|table|thead|tbody|tr|th|td|pre|footer|svg|g|rect|text|path';
const OUR_TAG = new RegExp(
  String.raw`^<(?:/(?:${ELEMENTS})|(?:${ELEMENTS})(?: (?:class|lang|open|tabindex|viewBox|role|data-label|x|y|width|height|rx|d)="[\w .-]*")*)>$`,
);
const HEAD =
  /^<!doctype html>$|^<meta (?:charset="utf-8"|http-equiv="Content-Security-Policy" content="[^"]*"|name="(?:viewport|referrer)" content="[\w=, .-]*")>$/;
const INVISIBLE = /(?!\n)[\p{C}\p{Zl}\p{Zp}]/u;

/** Attribute values of strangers are escaped, so a tag ends where it seems to. */
function expectHarmless(text: string): void {
  const markup = text.replace(STYLE, '');
  const tags = markup.match(/<[^>]*>?/g) ?? [];
  expect(tags.filter((tag) => !OUR_TAG.test(tag) && !HEAD.test(tag))).toEqual([]);
  expect(markup.replaceAll(/<[^>]*>/g, '')).not.toMatch(/[<>"']/);
  expect(markup).not.toMatch(INVISIBLE);
  const count = (pattern: RegExp) => (markup.match(pattern) ?? []).length;
  for (const element of ELEMENTS.split('|'))
    expect(count(new RegExp(`<${element}[ >]`, 'g'))).toBe(count(new RegExp(`</${element}>`, 'g')));
}

describe('what strangers write is text on the page', () => {
  test.each(HOSTILE)('%s', (_, text) => {
    expect.hasAssertions();
    expectHarmless(verdictFormat('html')?.(verdictOf(text), { color: false }) ?? '');
  });

  test('whatever it is', () => {
    expect.hasAssertions();
    fc.assert(
      fc.property(hostileText, (text) => {
        expectHarmless(verdictFormat('html')?.(verdictOf(text), { color: false }) ?? '');
      }),
      { numRuns: 200 },
    );
  });
});

test('nothing but the style of the page is allowed, by its hash', () => {
  expect(STYLE_HASH).toBe(createHash('sha256').update(STYLE).digest('base64'));
  expect(page()).toContain(
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'">`,
  );
  expect(page()).toContain(`<style>${STYLE}</style>`);
  expect(STYLE).not.toMatch(/url\(|@import|</);
});

describe('the page says what the Markdown report says', () => {
  const shown = page({
    conclusion: 'failed',
    notes: ['A note about `shop`.'],
    apps: [anAppResult({ outcome: 'failed' }), anAppResult({ id: 'b', outcome: 'errored', reason: 'no chart' })],
    checks: [
      { id: 'render', outcome: 'errored', reason: '1 app' },
      { id: 'rbac', outcome: 'failed', reason: '1 finding' },
    ],
    findings: [
      aFinding({
        path: [aPathStep({ location: { file: 'web.yaml', line: 7, endLine: 7 } }), aPathStep({ to: 'cluster-admin' })],
      }),
      aFinding({ blocking: false, severity: 'low', message: 'Something small.' }),
      aFinding({ blocking: false, waivedBy: 'team-a: known' }),
      aFinding({ status: 'existing' }),
      aGainFinding(),
      aGainFinding({ namespace: 'shop' }, { status: 'fixed' }),
    ],
    changes: [anObjectChange(), anObjectChange({ change: 'removed', differences: [] })],
    images: [{ ref: 'ghcr.io/a/b:1', digest: null, status: 'unsigned', signer: null, apps: [] }],
  });

  test.each([
    ['title', '<h1 class="failed">1 blocking finding in 1 app; could not be checked: 1 of 2 apps</h1>'],
    ['next step', 'Fix the blocking findings below'],
    ['notes', '<p>A note about <code>shop</code>.</p>'],
    ['what is removed', 'Removes 1 object: <code>Deployment shop/web</code>.'],
    ['reasons', '<li><code>b</code>: no chart</li>'],
    ['apps', '<strong class="failed">failed</strong>'],
    ['blocking findings', '<h2>Blocking: 1</h2><details open="">'],
    ['where it is written', 'written in <code>apps/shop/role.yaml:4</code>'],
    ['why', '<strong>Why: </strong>Whoever has it owns the cluster.'],
    ['the way', 'The way in words: 2 steps'],
    ['its lines', 'written in <code>web.yaml:7</code>'],
    ['gains', '<h2>Who gains what: 1</h2>'],
    [
      'a gain',
      '<td data-label="Who">service account <code>shop/web</code></td><td data-label="Gains"><code>get</code>, <code>list</code> on <code>secrets</code></td>',
    ],
    ['losses', '<summary>Who loses what: 1</summary>'],
    ['advice', '<h2>Advice: 1</h2>'],
    ['waived', '<strong>Accepted by </strong>team-a: known'],
    ['the rest', 'Besides, 1 finding existed before and 1 is accepted by a waiver'],
    ['images', '<code>ghcr.io/a/b:1</code>'],
    [
      'checks',
      '<td data-label="Check"><code>rbac</code></td><td data-label="Outcome"><span class="failed">failed</span></td>',
    ],
    ['differences', '<span class="add">+ spec.replicas: 2</span>'],
    ['versions', 'Rendered with helm 4.3.1.'],
  ])('%s', (_, markup) => {
    expect(shown).toContain(markup);
  });
});

test('an app that was not rendered has no counts', () => {
  const objects = { added: 0, changed: 0, removed: 0, total: null };
  expect(page({ apps: [anAppResult({ outcome: 'errored', reason: 'x', objects })] })).toContain(
    '<td data-label="Added">?</td>',
  );
});

const many = (count: number) => Array.from({ length: count }, (_, index) => index);

test('long lists are cut, and the page says so', () => {
  const shown = page({
    notes: many(101).map((index) => `note ${index}`),
    apps: many(501).map((index) => anAppResult({ id: `a${index}` })),
    findings: many(502).map((index) =>
      aFinding({ pointer: `/${index}`, path: index === 0 ? many(51).map(() => aPathStep()) : [] }),
    ),
    changes: many(501).map(() => anObjectChange()),
  });
  expect(shown.match(/… and [\d,]+ more[\w ]*/g)?.toSorted()).toEqual([
    '… and 1 more',
    '… and 1 more note',
    '… and 1 more object',
    '… and 1 more step',
    '… and 2 more findings',
    '… and 39 more steps',
    '… and 492 more such changes',
  ]);
});
