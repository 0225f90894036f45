import { expect, test } from '@jest/globals';
import { isThisRepository } from './repository-url.ts';

const OWN = ['https://github.com/acme/clusters'];

test.each([
  'https://github.com/acme/clusters.git',
  'https://bot:token@github.com/acme/clusters/',
  'HTTPS://GitHub.com:443/Acme/Clusters',
  'git@github.com:acme/clusters.git',
  'ssh://git@github.com:22/acme/clusters',
])('%s is this repository', (url) => {
  expect(isThisRepository(url, OWN)).toBe(true);
});

test.each([
  ['the host ends before a fragment', 'https://evil.example#@github.com/acme/clusters'],
  ['the host ends before a query', 'https://evil.example?@github.com/acme/clusters'],
  ['a back-slash, which readers take for this or that', 'https://evil.example\\@github.com/acme/clusters'],
  ['an encoded character', 'https://evil.example%2f@github.com/acme/clusters'],
  ['a registry of that name', 'oci://github.com/acme/clusters'],
  ['a folder of that name', 'file://github.com/acme/clusters'],
  ['a longer path', 'https://github.com/acme/clusters/../../evil/clusters'],
  ['a longer host', 'https://github.com.evil.example/acme/clusters'],
  ['a user that looks like the host', 'https://github.com@evil.example/acme/clusters'],
])('%s is another repository', (_, url) => {
  expect(isThisRepository(url, OWN)).toBe(false);
});

test('a protocol other than those of git is this repository where it is declared', () => {
  expect(isThisRepository('file:///srv/clusters.git', ['file:///srv/clusters'])).toBe(true);
});
