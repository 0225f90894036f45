import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { signedImage } from '../builders/signed-image.ts';
import { pushImage } from '../standin/registry/images.ts';
import { aRegistry, type RegistryStandIn } from '../standin/registry/registry.ts';
import { signingWorld } from '../standin/sigstore/world.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const TIMEOUT_MS = 120_000;

interface World {
  readonly folder: string;
  readonly registry: RegistryStandIn;
}
const opened: { world?: World } = {};
const signing = signingWorld();

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'presync-verify-'));
  await writeFile(join(folder, 'root.json'), signing.trustedRoot.json);
  opened.world = { folder, registry: await aRegistry() };
});

afterAll(async () => {
  await opened.world?.registry.close();
  if (opened.world !== undefined) await rm(opened.world.folder, { recursive: true });
});

function theWorld(): World {
  if (opened.world === undefined) throw new Error('the world was not made');
  return opened.world;
}

interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** The program itself, with nothing but the registry in reach. */
function verify(args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const { folder, registry } = theWorld();
  const env = {
    PATH: process.env['PATH'],
    XDG_CACHE_HOME: join(folder, 'cache'),
    PRESYNC_PRIVATE_HOSTS: registry.origin,
    PRESYNC_TRUSTED_ROOTS: join(folder, 'root.json'),
    ...more,
  };
  const command = [join(ROOT, 'src', 'main.ts'), 'verify', ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { env, timeout: TIMEOUT_MS }, (error, out, err) => {
      resolve({ status: error === null ? 0 : Number(error.code ?? -1), out, err });
    });
  });
}

test(
  'a signed image is verified, an unsigned one is not, and one that is not there could not be checked',
  async () => {
    const { registry } = theWorld();
    const signed = signedImage(registry, signing, { repository: 'acme/shop', tag: '1.0.0', as: ['bundle'] });
    pushImage(registry, 'acme/bare', { tag: '1.0.0' });
    const [good, bare, gone] = await Promise.all(
      ['acme/shop:1.0.0', 'acme/bare:1.0.0', 'acme/gone:1.0.0'].map((name) => verify([`${registry.host}/${name}`])),
    );
    expect(good).toMatchObject({ status: 0, err: '' });
    expect(good?.out).toContain(
      `${registry.host}/acme/shop:1.0.0@${signed.digest}\nverified: signed by github.com/acme/shop`,
    );
    expect(good?.out).toContain('✓ referrer sha256:');
    expect(bare).toMatchObject({ status: 1 });
    expect(bare?.out).toContain('unsigned: not signed\nFix: Sign it where it is built: `cosign sign ');
    expect(gone).toMatchObject({ status: 2 });
  },
  TIMEOUT_MS,
);
