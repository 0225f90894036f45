import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { aClock } from '../../../test/fakes/clock.ts';
import { NO_AUTH, type RegistryAuth } from '../../model/registry-auth.ts';
import { parseImageRef } from '../../model/image-ref.ts';
import { toolRunner } from '../process/tool-runner.ts';
import { operatorCredentials } from './credentials.ts';

const signal = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), 'presync-helpers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A program that is one: what it prints, and with which status it ends. It notes each start, and what it was asked. */
function aHelper(name: string, script: string): void {
  const file = join(folder, `docker-credential-${name}`);
  writeFileSync(file, `#!/bin/sh\nread host\necho "$1 $host" >> ${folder}/${name}.log\n${script}\n`);
  chmodSync(file, 0o755);
}

function startsOf(name: string): readonly string[] {
  return readFileSync(join(folder, `${name}.log`), 'utf8')
    .trim()
    .split('\n');
}

function sourceOf(auth: Partial<RegistryAuth>, helpers: readonly string[] = [], clock = aClock()) {
  const environment = { PATH: `${folder}:/usr/bin:/bin`, AWS_REGION: 'eu-west-1' };
  const parts = { runner: toolRunner(), helpers, environment, cwd: folder, now: () => clock.now() };
  return operatorCredentials({ auth: { ...NO_AUTH, ...auth }, ...parts });
}

const BOT = { username: 'bot', password: 'canary-0123' };

test('P-F3: those of a file are found by the exact host', async () => {
  const source = sourceOf({ passwords: new Map([['ghcr.io', BOT]]) });
  expect(await source.get('ghcr.io', signal)).toEqual(BOT);
  for (const near of ['ghcr.io.evil', 'evil.ghcr.io', 'ghcr.io:443', 'xghcr.io', 'ghcr', '']) {
    expect(source.has(near)).toBe(false);
    expect(await source.get(near, signal)).toBeUndefined();
  }
});

test('P-A9: what only ends like Docker Hub is not Docker Hub', () => {
  const source = sourceOf({ passwords: new Map([['docker.io', BOT]]) });
  const registries = [
    'nginx',
    'index.docker.io/library/nginx',
    'evildocker.io/x',
    'docker.io.evil/x',
    'docker.io:443/x/y',
  ];
  expect(registries.map((text) => source.has(parseImageRef(text).registry))).toEqual([true, true, false, false, false]);
});

describe('a helper', () => {
  const ecr = new Map([['1.dkr.ecr.example', 'ecr-login']]);

  test('is started for its host, told it, and asked again after ten minutes', async () => {
    aHelper('ecr-login', 'echo "{\\"ServerURL\\":\\"x\\",\\"Username\\":\\"AWS\\",\\"Secret\\":\\"$AWS_REGION\\"}"');
    const clock = aClock();
    const source = sourceOf({ helpers: ecr }, ['ecr-login'], clock);
    const found = { username: 'AWS', password: 'eu-west-1' };
    expect(source.has('1.dkr.ecr.example')).toBe(true);
    expect(await source.get('1.dkr.ecr.example', signal)).toEqual(found);
    expect(await source.get('1.dkr.ecr.example', signal)).toEqual(found);
    expect(startsOf('ecr-login')).toEqual(['get 1.dkr.ecr.example']);
    clock.advance(600_000);
    await source.get('1.dkr.ecr.example', signal);
    expect(startsOf('ecr-login')).toHaveLength(2);
    expect(await source.get('2.dkr.ecr.example', signal)).toBeUndefined();
  });

  test('that the operator does not allow is not started, and the sentence says what to set', async () => {
    aHelper('desktop', 'echo "{}"');
    const source = sourceOf({ store: 'desktop' }, ['ecr-login']);
    expect(await source.get('docker.io', signal)).toEqual({
      none: expect.stringMatching(/name desktop in PRESYNC_CREDENTIAL_HELPERS/),
    });
    expect(() => startsOf('desktop')).toThrow(/ENOENT/);
  });

  test('for Docker Hub is asked by the name that it has there', async () => {
    aHelper('hub', 'echo "{\\"Username\\":\\"bot\\",\\"Secret\\":\\"x\\"}"');
    expect(await sourceOf({ store: 'hub' }, ['hub']).get('docker.io', signal)).toEqual({
      username: 'bot',
      password: 'x',
    });
    expect(startsOf('hub')).toEqual(['get https://index.docker.io/v1/']);
  });

  test('that has nothing for a host is no reason to say anything', async () => {
    aHelper('empty', 'echo "credentials not found in native keychain"; exit 1');
    expect(await sourceOf({ store: 'empty' }, ['empty']).get('ghcr.io', signal)).toBeUndefined();
  });

  test.each([
    ['fails', 'echo "canary-0123" >&2; echo "canary-0123"; exit 3', /failed for ghcr\.io with the status 3/],
    ['says nothing', 'true', /gave no user and password/],
    ['says no JSON', 'echo canary-0123', /gave no user and password/],
    ['gives an identity token', 'echo \'{"Username":"<token>","Secret":"canary-0123"}\'', /gave no user and password/],
    ['prints without an end', 'yes', /wrote more than 65536 bytes/],
    ['is not installed', undefined, /was not found/],
  ])('that %s is told without what it printed', async (_name, script, sentence) => {
    const name = `odd${String(script).length}`;
    if (script !== undefined) aHelper(name, script);
    const found = await sourceOf({ store: name }, [name]).get('ghcr.io', signal);
    expect(found).toEqual({ none: expect.stringMatching(sentence) });
    expect(JSON.stringify(found)).not.toContain('canary');
  });

  test('may give an identity token of Azure', async () => {
    aHelper('acr-env', 'echo \'{"Username":"<token>","Secret":"ey"}\'');
    const source = sourceOf({ store: 'acr-env' }, ['acr-env']);
    expect(await source.get('acme.azurecr.io', signal)).toMatchObject({ password: 'ey' });
  });
});

test('whoever is refused hears why no file could be read', () => {
  const source = sourceOf({ lacking: 'the file is broken' });
  expect([source.has('ghcr.io'), source.lacking]).toEqual([false, 'the file is broken']);
});
