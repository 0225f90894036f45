import { expect, test } from '@jest/globals';
import { wantText } from './remote-want.ts';
import { shownUrl, withoutPassword } from './shown-url.ts';

test.each([
  ['https://host.example/a/b.git', 'https://host.example/a/b.git'],
  ['https://user:canary@host.example/a', 'https://host.example/a'],
  ['https://user:can@ary@host.example/a', 'https://host.example/a'],
  ['https://user@host.example/a', 'https://user@host.example/a'],
  ['https://host.example/a@b:c', 'https://host.example/a@b:c'],
  ['https://host.example/a?sig=canary#canary', 'https://host.example/a'],
  ['https://user:canary@host.example?x', 'https://host.example'],
  ['git::https://user:canary@host.example/a', 'git::https://host.example/a'],
  ['user:canary@host.example:a/b', 'host.example:a/b'],
  ['git@host.example:a/b', 'git@host.example:a/b'],
  ['oci://user:canary@host.example/a', 'oci://host.example/a'],
  ['https://host.example/a\nb', 'https://host.example/a?b'],
  ['', ''],
])('%j is shown as %j', (url, shown) => {
  expect(shownUrl(url)).toBe(shown);
});

test('a query that says what is wanted stays where no sentence is made', () => {
  expect(withoutPassword('https://u:canary@host.example/a?ref=1')).toBe('https://host.example/a?ref=1');
});

test.each([
  [{ kind: 'git', url: 'https://u:canary@h.example/a', ref: '' } as const, 'https://h.example/a@HEAD'],
  [{ kind: 'git', url: 'https://h.example/a', ref: 'main', range: '1.x' } as const, 'https://h.example/a@1.x'],
  [{ kind: 'http', url: 'https://u:canary@h.example/a?b' } as const, 'https://h.example/a?b'],
  [
    { kind: 'helm', url: 'https://u:canary@h.example', chart: 'shop', version: '' } as const,
    'https://h.example shop *',
  ],
  [{ kind: 'oci', url: 'oci://h.example/a', reference: '', content: 'artifact' } as const, 'oci://h.example/a:latest'],
])('no password stands in the text of a want', (want, text) => {
  expect(wantText(want)).toBe(text);
});
