import { describe, expect, test } from '@jest/globals';
import { SettingsError } from './settings-problem.ts';
import { readSettings, type Settings } from './settings.ts';

const KEY = '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----';
const ENOUGH = {
  PRESYNC_APP_ID: '7',
  PRESYNC_PRIVATE_KEY: KEY,
  PRESYNC_WEBHOOK_SECRET: 'hush',
  PRESYNC_STATE_DIR: '/var/lib/presync',
};
const FILES: Readonly<Record<string, string>> = {
  '/key': `${KEY}\n`,
  '/secret': 'from the file\n',
  '/redis': 'rediss://:p@redis:6379\r\n',
  '/empty': '\n',
};

type Environment = Readonly<Record<string, string | undefined>>;

function read(environment: Environment): Settings {
  return readSettings(environment, (path) => {
    const text = FILES[path];
    if (text === undefined) throw new Error(`ENOENT: ${path}`);
    return text;
  });
}

function problems(environment: Environment): readonly string[] {
  try {
    read(environment);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems.map(({ name, message }) => `${name} ${message}`);
    throw error;
  }
  return [];
}

describe('readSettings', () => {
  test('fills in the defaults', () => {
    expect(read(ENOUGH)).toEqual({
      appId: 7,
      privateKey: `${KEY}\n`,
      webhookSecret: 'hush',
      githubUrl: 'https://api.github.com',
      stateDir: '/var/lib/presync',
      allowedHosts: undefined,
      privateHosts: [],
      registries: {
        auth: { passwords: new Map(), helpers: new Map(), store: undefined },
        realms: new Map(),
        helpers: [],
        helperEnvironment: {},
      },
      config: undefined,
      redisUrl: undefined,
      port: 3000,
      allowUnsandboxed: false,
      debug: false,
    });
  });

  test('reads everything that is set', () => {
    const settings = read({
      ...ENOUGH,
      PRESYNC_GITHUB_URL: 'https://github.acme.example/api/v3/',
      PRESYNC_ALLOWED_HOSTS: 'GHCR.io, *.example.com,8.8.8.8 [2606:4700::1]',
      PRESYNC_PRIVATE_HOSTS: 'Registry.internal:5000, http://10.0.0.7:8080,[::1]:443',
      PRESYNC_CONFIG: '/etc/presync.yaml',
      REDIS_URL: 'redis://:p@redis:6379/0',
      PORT: '0',
      PRESYNC_ALLOW_UNSANDBOXED: '1',
      PRESYNC_DEBUG: '1',
    });
    expect(settings).toMatchObject({
      githubUrl: 'https://github.acme.example/api/v3',
      allowedHosts: [
        { host: 'ghcr.io', isSuffix: false },
        { host: 'example.com', isSuffix: true },
        { host: '8.8.8.8', isSuffix: false },
        { host: '[2606:4700::1]', isSuffix: false },
      ],
      privateHosts: [
        { host: 'registry.internal', port: 5000, hasTls: true },
        { host: '10.0.0.7', port: 8080, hasTls: false },
        { host: '[::1]', port: 443, hasTls: true },
      ],
      config: '/etc/presync.yaml',
      redisUrl: 'redis://:p@redis:6379/0',
      port: 0,
      allowUnsandboxed: true,
      debug: true,
    });
  });

  test('reads secrets from files, without the line end that editors put there', () => {
    const { PRESYNC_PRIVATE_KEY: _, PRESYNC_WEBHOOK_SECRET: __, ...rest } = ENOUGH;
    const files = {
      PRESYNC_PRIVATE_KEY_FILE: '/key',
      PRESYNC_WEBHOOK_SECRET_FILE: '/secret',
      REDIS_URL_FILE: '/redis',
    };
    expect(read({ ...rest, ...files })).toMatchObject({
      privateKey: `${KEY}\n`,
      webhookSecret: 'from the file',
      redisUrl: 'rediss://:p@redis:6379',
    });
  });

  test('takes a key whose line ends are written as \\n', () => {
    expect(read({ ...ENOUGH, PRESYNC_PRIVATE_KEY: KEY.replaceAll('\n', '\\n') }).privateKey).toBe(`${KEY}\n`);
  });

  test('cannot be changed afterwards', () => {
    const settings = read({ ...ENOUGH, PRESYNC_PRIVATE_HOSTS: 'a:1', PRESYNC_ALLOWED_HOSTS: 'a' });
    const { privateHosts, allowedHosts } = settings;
    for (const part of [settings, privateHosts, privateHosts[0], allowedHosts, allowedHosts?.[0]])
      expect(Object.isFrozen(part)).toBe(true);
  });

  test('tells every problem at once', () => {
    expect(
      problems({ PRESYNC_APPID: '7', PRESYNC_WEBHOOK_SECRET_FILE: '/nowhere', PORT: 'http', REDIS_URL: 'http://x' }),
    ).toEqual([
      'PRESYNC_APPID is no setting of presync; did you mean PRESYNC_APP_ID?',
      'PRESYNC_WEBHOOK_SECRET_FILE names a file that cannot be read: ENOENT: /nowhere',
      'PRESYNC_APP_ID is missing: the number of the GitHub App',
      'PRESYNC_PRIVATE_KEY is missing: the private key of the GitHub App, or PRESYNC_PRIVATE_KEY_FILE',
      'PRESYNC_STATE_DIR is missing: a folder for clones, caches and, without Redis, verdicts',
      'REDIS_URL is no redis:// or rediss:// URL',
      'PORT is no port',
    ]);
  });

  test('shows no secret in what it says', () => {
    const wrong = {
      ...ENOUGH,
      PRESYNC_PRIVATE_KEY: 'hunter2',
      REDIS_URL: 'http://:hunter2@x',
      PRESYNC_GITHUB_URL: 'https://hunter2@x',
    };
    expect(problems(wrong)).toHaveLength(3);
    expect(problems(wrong).join()).not.toContain('hunter2');
  });
});

describe('a setting is refused', () => {
  test.each<[Environment, string]>([
    [{ PRESYNC_APP_ID: 'presync' }, 'PRESYNC_APP_ID is not the number of a GitHub App'],
    [{ PRESYNC_APP_ID: '-1' }, 'PRESYNC_APP_ID is not the number of a GitHub App'],
    [{ PRESYNC_PRIVATE_KEY: 'MIIE' }, 'PRESYNC_PRIVATE_KEY is no private key in PEM form, as GitHub hands it out'],
    [
      { PRESYNC_PRIVATE_KEY_FILE: '/key' },
      'PRESYNC_PRIVATE_KEY_FILE is set, and PRESYNC_PRIVATE_KEY as well; one of them must go',
    ],
    [
      { PRESYNC_WEBHOOK_SECRET: undefined, PRESYNC_WEBHOOK_SECRET_FILE: '/empty' },
      'PRESYNC_WEBHOOK_SECRET_FILE names an empty file: /empty',
    ],
    [
      { PRESYNC_WEBHOOK_SECRET: '' },
      'PRESYNC_WEBHOOK_SECRET is missing: the webhook secret of the GitHub App, or PRESYNC_WEBHOOK_SECRET_FILE',
    ],
    [{ PRESYNC_GITHUB_URL: 'api.github.com' }, 'PRESYNC_GITHUB_URL is no https:// URL of an API'],
    [{ PRESYNC_GITHUB_URL: 'file:///etc' }, 'PRESYNC_GITHUB_URL is no https:// URL of an API'],
    [{ PRESYNC_GITHUB_URL: 'https://x/?a=b' }, 'PRESYNC_GITHUB_URL has more than a host and a path'],
    [
      { PRESYNC_GITHUB_URL: 'http://github.acme.example' },
      'PRESYNC_GITHUB_URL is not https://, so tokens could be read on the way; a private host without TLS is named in PRESYNC_PRIVATE_HOSTS with http://',
    ],
    [{ PRESYNC_ALLOWED_HOSTS: ' , ' }, 'PRESYNC_ALLOWED_HOSTS names no host; leave it out to allow any'],
    ...[
      '*',
      '*.',
      '*ghcr.io',
      'ghcr.*',
      '**.ghcr.io',
      'https://ghcr.io',
      'ghcr.io:443',
      'ghcr.io/acme',
      '.ghcr.io',
      'ghcr.io.',
      'a..b',
      '-a.b',
      '10.0.0.0/8',
      '127.1',
      '2130706433',
      '0x7f.0x1',
      '*.0.0.1',
      '*.10.0.0.1',
      '[0::1]',
      '*.[::1]',
      '256.1.1.1',
      '010.0.0.1',
    ].map((entry): [Environment, string] => [
      { PRESYNC_ALLOWED_HOSTS: entry },
      `PRESYNC_ALLOWED_HOSTS holds "${entry}", which is neither a host nor *.suffix, without scheme, port and path`,
    ]),
    [
      { PRESYNC_PRIVATE_HOSTS: '*.internal:443' },
      'PRESYNC_PRIVATE_HOSTS holds "*.internal:443", which is not an exact host:port, with http:// in front where there is no TLS',
    ],
    [
      { PRESYNC_PRIVATE_HOSTS: 'a:1,internal' },
      'PRESYNC_PRIVATE_HOSTS holds "internal", which is not an exact host:port, with http:// in front where there is no TLS',
    ],
    [
      { PRESYNC_PRIVATE_HOSTS: 'internal:0' },
      'PRESYNC_PRIVATE_HOSTS holds "internal:0", which is not an exact host:port, with http:// in front where there is no TLS',
    ],
    [
      { PRESYNC_PRIVATE_HOSTS: '10.0.0.0/8' },
      'PRESYNC_PRIVATE_HOSTS holds "10.0.0.0/8", which is not an exact host:port, with http:// in front where there is no TLS',
    ],
    [
      { REDIS_URL: 'redis://redis:6379' },
      'REDIS_URL names a Redis on the network without a password: give it one and write it into the URL',
    ],
    [
      { REDIS_URL: 'rediss://user@redis:6379' },
      'REDIS_URL names a Redis on the network without a password: give it one and write it into the URL',
    ],
    [
      { REDIS_URL: 'redis://localhost.evil.example:6379' },
      'REDIS_URL names a Redis on the network without a password: give it one and write it into the URL',
    ],
    [{ PORT: '65536' }, 'PORT is no port'],
    [{ PRESYNC_ALLOW_UNSANDBOXED: 'true' }, 'PRESYNC_ALLOW_UNSANDBOXED takes 1, or is not set'],
    [{ PRESYNC_PORT: '8080' }, 'PRESYNC_PORT is no setting of presync; did you mean PORT?'],
    [{ PRESYNC_REDIS_URL: 'x' }, 'PRESYNC_REDIS_URL is no setting of presync; did you mean REDIS_URL?'],
    [{ PRESYNC_STATEDIR: 'x' }, 'PRESYNC_STATEDIR is no setting of presync; did you mean PRESYNC_STATE_DIR?'],
    [
      { PRESYNC_PRIVATE_KEY_PATH: 'x' },
      'PRESYNC_PRIVATE_KEY_PATH is no setting of presync; did you mean PRESYNC_PRIVATE_KEY_FILE?',
    ],
    [{ PRESYNC_COLOUR: 'x' }, 'PRESYNC_COLOUR is no setting of presync'],
  ])('%j', (change, problem) => {
    expect(problems({ ...ENOUGH, ...change })).toEqual([problem]);
  });
});

describe('a setting is taken', () => {
  test.each<[Environment]>([
    [{ PRESYNC_GITHUB_URL: 'http://127.0.0.1:4010' }],
    [{ PRESYNC_GITHUB_URL: 'http://localhost:4010/api' }],
    [
      {
        PRESYNC_GITHUB_URL: 'http://github.acme.example:8080',
        PRESYNC_PRIVATE_HOSTS: 'http://github.acme.example:8080',
      },
    ],
    [{ REDIS_URL: 'redis://127.0.0.1:6379' }],
    [{ REDIS_URL: 'redis://[::1]:6379' }],
    [{ REDIS_URL: 'rediss://user:p@redis.acme.example:6380' }],
    [{ PATH: '/bin', GITHUB_URL: 'x' }],
  ])('%j', (change) => {
    expect(problems({ ...ENOUGH, ...change })).toEqual([]);
  });

  test('beside what Kubernetes says of a Service of our name', () => {
    const links = {
      PRESYNC_SERVICE_HOST: '10.96.0.9',
      PRESYNC_SERVICE_PORT: '80',
      PRESYNC_SERVICE_PORT_HTTP: '80',
      PRESYNC_PORT: 'tcp://10.96.0.9:80',
      PRESYNC_PORT_80_TCP: 'tcp://10.96.0.9:80',
      PRESYNC_PORT_80_TCP_PROTO: 'tcp',
      PRESYNC_PORT_80_TCP_PORT: '80',
      PRESYNC_PORT_80_TCP_ADDR: '10.96.0.9',
      PRESYNC_WEB_SERVICE_HOST: '10.96.0.10',
      PRESYNC_WEB_PORT: 'tcp://10.96.0.10:80',
    };
    expect(problems({ ...ENOUGH, ...links })).toEqual([]);
  });
});
