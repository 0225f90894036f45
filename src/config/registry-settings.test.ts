import { describe, expect, test } from '@jest/globals';
import { readRegistrySettings, readUserRegistries } from './registry-settings.ts';

const AUTH = JSON.stringify({ auths: { 'ghcr.io': { username: 'bot', password: 'canary-0123' } } });
const BOT = { username: 'bot', password: 'canary-0123' };

function problems(values: Readonly<Record<string, string>>): readonly string[] {
  return readRegistrySettings(values).problems.map(({ name, message }) => `${name} ${message}`);
}

describe('readRegistrySettings', () => {
  test('credentials, realms and helpers, and of the environment what helpers need', () => {
    const values = {
      PRESYNC_REGISTRY_AUTH: AUTH,
      PRESYNC_REGISTRY_REALMS: 'Registry.example:5000=auth.example, registry.example:5000=sso.example:8443',
      PRESYNC_CREDENTIAL_HELPERS: 'ecr-login, gcr',
      PATH: '/bin',
      AWS_ROLE_ARN: 'arn',
      PRESYNC_PRIVATE_KEY: 'secret',
      REDIS_URL: 'secret',
      PRESYNC_REGISTRY_MIRRORS: 'docker.io=registry.internal:5000/hub',
      NODE_OPTIONS: '--inspect',
      LD_PRELOAD: 'x',
    };
    expect(readRegistrySettings(values)).toEqual({
      registries: {
        auth: { passwords: new Map([['ghcr.io', BOT]]), helpers: new Map(), store: undefined },
        realms: new Map([['registry.example:5000', ['auth.example', 'sso.example:8443']]]),
        helpers: ['ecr-login', 'gcr'],
        helperEnvironment: { PATH: '/bin', AWS_ROLE_ARN: 'arn' },
        mirrors: new Map([['docker.io', 'registry.internal:5000/hub']]),
      },
      problems: [],
    });
  });

  test.each([
    [
      { PRESYNC_REGISTRY_AUTH: '/etc/auth.json' },
      /^PRESYNC_REGISTRY_AUTH .*a path goes into PRESYNC_REGISTRY_AUTH_FILE$/,
    ],
    [{ PRESYNC_REGISTRY_AUTH: '{"auths":{"a/b":{}}}' }, /^PRESYNC_REGISTRY_AUTH has an entry for "a\/b"/],
    [{ PRESYNC_REGISTRY_REALMS: 'a.example' }, /^PRESYNC_REGISTRY_REALMS holds "a.example"/],
    [{ PRESYNC_REGISTRY_REALMS: 'a.example=*.example' }, /^PRESYNC_REGISTRY_REALMS holds/],
    [{ PRESYNC_REGISTRY_REALMS: 'a.example=https://b.example' }, /^PRESYNC_REGISTRY_REALMS holds/],
    [{ PRESYNC_CREDENTIAL_HELPERS: '../sh' }, /^PRESYNC_CREDENTIAL_HELPERS holds "\.\.\/sh"/],
  ])('%j is a problem', (values, sentence) => {
    expect(problems(values)).toEqual([expect.stringMatching(sentence)]);
  });
});

describe('readUserRegistries', () => {
  const files: Readonly<Record<string, string>> = {
    '/own/auth.json': AUTH,
    '/docker/config.json': AUTH.replaceAll('ghcr.io', 'quay.io'),
    '/home/me/.docker/config.json': AUTH.replaceAll('ghcr.io', 'docker.io'),
    '/broken/config.json': '{"auths": ',
    '/empty/config.json': '',
    '/odd/config.json':
      '{"auths":{"a/b":{"auth":"!"},"gcr.io":{"username":"u","password":"p"}},"credsStore":"desktop"}',
  };
  const hostsOf = (environment: Readonly<Record<string, string>>) => [
    ...readUserRegistries(environment, readFile).auth.passwords.keys(),
  ];

  const lacking = (environment: Readonly<Record<string, string>>) =>
    readUserRegistries(environment, readFile).auth.lacking;

  function readFile(path: string): string {
    const text = files[path];
    if (text === undefined) throw new Error(`ENOENT: ${path}`);
    return text;
  }

  test('the settings of the service come first, then the files of Docker', () => {
    const all = {
      PRESYNC_REGISTRY_AUTH_FILE: '/own/auth.json',
      DOCKER_CONFIG: '/docker',
      HOME: '/home/me',
    };
    expect(hostsOf(all)).toEqual(['ghcr.io']);
    expect(hostsOf({ ...all, PRESYNC_REGISTRY_AUTH: '{}' })).toEqual([]);
    expect(hostsOf({ ...all, PRESYNC_REGISTRY_AUTH_FILE: '' })).toEqual(['quay.io']);
    expect(hostsOf({ HOME: '/home/me' })).toEqual(['docker.io']);
    expect(hostsOf({ HOME: '/home/you' })).toEqual([]);
    expect(hostsOf({})).toEqual([]);
  });

  test('of a file of Docker that is none, whoever is refused is told', () => {
    expect(lacking({ DOCKER_CONFIG: '/broken' })).toMatch(
      / \/broken\/config\.json is no config\.json of Docker .*; mend it/,
    );
    for (const folder of ['/docker', '/odd', '/empty', '/gone'])
      expect(lacking({ DOCKER_CONFIG: folder })).toBeUndefined();
    expect(() => readUserRegistries({ PRESYNC_REGISTRY_AUTH_FILE: '/broken/config.json' }, readFile)).toThrow(
      /is no config\.json/,
    );
  });

  test('what else Docker keeps in its file is no error, in a file of our own it is', () => {
    const settings = readUserRegistries({ DOCKER_CONFIG: '/odd' }, readFile);
    expect([...settings.auth.passwords.keys(), settings.auth.store]).toEqual(['gcr.io', 'desktop']);
    const own = () => readUserRegistries({ PRESYNC_REGISTRY_AUTH_FILE: '/odd/config.json' }, readFile);
    expect(own).toThrow(/"a\/b", which is not one exact host/);
    expect(() => readUserRegistries({ PRESYNC_REGISTRY_AUTH_FILE: '/gone' }, readFile)).toThrow(/cannot be read/);
    expect(() => readUserRegistries({ PRESYNC_REGISTRY_REALMS: 'x' }, readFile)).toThrow(/PRESYNC_REGISTRY_REALMS/);
  });
});
