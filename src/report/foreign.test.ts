import { describe, expect, test } from '@jest/globals';
import { code, fenced, html, plain, plainSentence, prose } from './foreign.ts';

const ZWSP = '\u200b';

test.each([
  ['safe\u202egnp.exe', String.raw`safe\u202egnp.exe`],
  ['\u001b[31mred', String.raw`\u001b[31mred`],
  ['a\nb\tc', String.raw`a\u000ab\u0009c`],
  ['\u{e0041}\ud800', String.raw`\u{e0041}\ud800`],
  ['größe 😀', 'größe 😀'],
  ['x'.repeat(1320), `${'x'.repeat(320)}… (1,000 more characters)`],
])('a name is what it looks like: %j', (text, expected) => {
  expect(plain(text)).toBe(expected);
});

test('a sentence is one line', () => {
  expect(plainSentence('  the chart\n\n   needs\r\n  a value \n')).toBe('the chart needs a value');
});

describe('code in Markdown', () => {
  test.each([
    ['web', '`web`'],
    ['a`b', '``a`b``'],
    ['`a``', '``` `a`` ```'],
    [' a ', '`  a  `'],
    ['a|b', '`a\\u007cb`'],
    ['', '(empty)'],
    ['  ', '(empty)'],
    ['@org/admins', `\`@${ZWSP}org/admins\``],
    [`r/x@sha256:${'0a'.repeat(32)}`, `\`r/x@sha256:${'0a'.repeat(32)}\``],
    [`as @sha256:${'0a'.repeat(32)}`, `\`as @sha256:${'0a'.repeat(32)}\``],
    [`@sha256:${'0a'.repeat(32)}b`, `\`@${ZWSP}sha256:${'0a'.repeat(32)}b\``],
    ['see /@org and _@org', `\`see /@${ZWSP}org and _@${ZWSP}org\``],
    ["'^https://x/release\\.yml@.*$' me@acme.example", "`'^https://x/release\\.yml@.*$' me@acme.example`"],
    ['<!-- presync -->', `\`<${ZWSP}!-- presync -->\``],
  ])('%j', (text, expected) => {
    expect(code(text)).toBe(expected);
  });
});

describe('a sentence in Markdown', () => {
  test.each([
    ['Grants secrets:* to _y_.', String.raw`Grants secrets:\* to \_y\_.`],
    ['Role `a|*b` gives `*`', 'Role `a\\u007c*b` gives `*`'],
    ['`open, ``two`` and `@x`', `\\\`open, \\\`\\\`two\\\`\\\` and \`@${ZWSP}x\``],
    ['half a `mention @x', `half a \\\`mention @${ZWSP}x`],
    ['- item', String.raw`\- item`],
    ['=== title', String.raw`\=== title`],
    ['1. item', String.raw`1\. item`],
    ['4.3.1', '4.3.1'],
    ['<b>&lt;', String.raw`\<b\>\&lt;`],
    ['see https://x.example', `see https:${ZWSP}//x.example`],
    ['Fixes #1 and GH-2', `Fixes \\#${ZWSP}1 and GH-${ZWSP}2`],
    ['at 0123456789abcdef0', `at 012345${ZWSP}6789ab${ZWSP}cdef0`],
    ['12345678 bytes', '12345678 bytes'],
  ])('%j', (text, expected) => {
    expect(prose(text)).toBe(expected);
  });
});

test('a name in HTML is text', () => {
  expect(html('<b> & "@x"')).toBe(`<code>&lt;b&gt; &amp; &quot;@${ZWSP}x&quot;</code>`);
});

test('a fence is longer than any in its lines', () => {
  expect(fenced('diff', ['a'])).toEqual(['```diff', 'a', '```']);
  expect(fenced('', ['````', '@x'])).toEqual(['`````', '````', `@${ZWSP}x`, '`````']);
});
