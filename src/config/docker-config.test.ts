import { describe, expect, test } from '@jest/globals';
import { readDockerConfig } from './docker-config.ts';

const SECRET = 'canary-0123';

function basic(text: string): string {
  return Buffer.from(text).toString('base64');
}

function passwords(auths: object): unknown {
  const { auth, problems } = readDockerConfig(JSON.stringify({ auths }));
  expect(problems).toEqual([]);
  return Object.fromEntries(auth.passwords);
}

describe('readDockerConfig', () => {
  test('takes user and password as tools write them', () => {
    const bot = { username: 'bot', password: SECRET };
    expect(
      passwords({
        'ghcr.io': { auth: basic(`bot:${SECRET}`) },
        'https://quay.io': { username: 'bot', password: SECRET, auth: basic(`bot:${SECRET}`) },
        'http://Registry.example:5000/v2/': { username: 'bot', password: SECRET, email: 'x' },
        '[::1]:5000': { auth: basic(`bot:${SECRET}\0\0`) },
      }),
    ).toEqual({ 'ghcr.io': bot, 'quay.io': bot, 'registry.example:5000': bot, '[::1]:5000': bot });
    expect(passwords({ 'ghcr.io': { auth: basic('bot:with:colons') } })).toEqual({
      'ghcr.io': { username: 'bot', password: 'with:colons' },
    });
  });

  test.each(['https://index.docker.io/v1/', 'index.docker.io', 'docker.io', 'registry-1.docker.io'])(
    '%s is Docker Hub',
    (name) => {
      expect(passwords({ [name]: { auth: basic('a:b') } })).toEqual({ 'docker.io': { username: 'a', password: 'b' } });
    },
  );

  test('an empty entry is what a helper holds, and no problem', () => {
    expect(passwords({ 'ghcr.io': {} })).toEqual({});
  });

  test('an identity token is a password for Azure', () => {
    expect(passwords({ 'acme.azurecr.io': { identitytoken: 'ey' } })).toEqual({
      'acme.azurecr.io': { username: '00000000-0000-0000-0000-000000000000', password: 'ey' },
    });
  });

  test('helpers by host, and one for all others', () => {
    const text = {
      credHelpers: { '1.dkr.ecr.eu-west-1.amazonaws.com': 'ecr-login' },
      credsStore: 'gcr',
      HttpHeaders: {},
    };
    expect(readDockerConfig(JSON.stringify(text))).toEqual({
      auth: {
        passwords: new Map(),
        helpers: new Map([['1.dkr.ecr.eu-west-1.amazonaws.com', 'ecr-login']]),
        store: 'gcr',
      },
      problems: [],
    });
  });

  test.each<[string, object | string, RegExp]>([
    ['no JSON', '{', /is no config\.json/],
    ['a list', '[]', /is no config\.json/],
    ['auths of another form', { auths: { 'ghcr.io': 'x' } }, /is no config\.json/],
    ['auths that are a list', { auths: [] }, /is no config\.json/],
    ['auths that are null', { auths: null }, /is no config\.json/],
    ['a password that is a number', { auths: { 'ghcr.io': { username: 'a', password: 1 } } }, /is no config\.json/],
    ['a token that is null', { auths: { 'ghcr.io': { identitytoken: null } } }, /is no config\.json/],
    ['a helper that is no text', { credHelpers: { 'ghcr.io': {} } }, /is no config\.json/],
    ['a store that is no text', { credsStore: true }, /is no config\.json/],
    [
      'P-F3: a wildcard',
      { auths: { '*.ghcr.io': { auth: basic('a:b') } } },
      /"\*\.ghcr\.io", which is not one exact host/,
    ],
    ['P-F3: a path', { auths: { 'ghcr.io/acme': { auth: basic('a:b') } } }, /not one exact host/],
    ['no host', { auths: { '': { auth: basic('a:b') } } }, /not one exact host/],
    ['auth without a colon', { auths: { 'ghcr.io': { auth: basic(SECRET) } } }, /not base64 of user:password/],
    ['auth without a user', { auths: { 'ghcr.io': { auth: basic(`:${SECRET}`) } } }, /not base64 of user:password/],
    ['an identity token elsewhere', { auths: { 'ghcr.io': { identitytoken: SECRET } } }, /cannot exchange/],
    [
      'P-F3: an identity token for a host like Azure',
      { auths: { 'azurecr.io.evil': { identitytoken: SECRET } } },
      /cannot/,
    ],
    ['a helper that is a path', { credHelpers: { 'ghcr.io': '../../bin/sh' } }, /no name behind docker-credential-/],
    ['a helper for a path', { credHelpers: { 'ghcr.io/acme': 'gcr' } }, /not one exact host/],
    ['a store with a space', { credsStore: 'a b' }, /no name behind docker-credential-/],
  ])('%s is a problem that shows no secret', (_name, written, sentence) => {
    const text = typeof written === 'string' ? written : JSON.stringify(written);
    const { auth, problems } = readDockerConfig(text);
    expect(problems).toEqual([expect.stringMatching(sentence)]);
    expect(JSON.stringify(problems)).not.toContain(SECRET);
    expect([auth.passwords.size, auth.helpers.size, auth.store]).toEqual([0, 0, undefined]);
  });
});
