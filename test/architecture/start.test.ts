import { execFile, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { publicGood } from '../../src/adapters/sigstore/instance.ts';
import { keepRoot } from '../../src/adapters/sigstore/kept-root.ts';
import { signedImage } from '../builders/signed-image.ts';
import { aRegistry, type RegistryStandIn } from '../standin/registry/registry.ts';
import { signingWorld } from '../standin/sigstore/world.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const TIMEOUT_MS = 60_000;
const MARK = 'loaded:';

/** Says at the end, of each file of this project that was loaded, where it lies. */
const SPY = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  const seen = [];
  registerHooks({ load(url, context, next) { seen.push(url); return next(url, context); } });
  process.on('exit', () => process.stderr.write('\\n${MARK}' + JSON.stringify(seen.filter((url) => url.startsWith('file:')))));
`)}`;

interface World {
  readonly folder: string;
  readonly registry: RegistryStandIn;
  readonly image: string;
}
const opened: { world?: World } = {};

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'presync-start-'));
  const { tufRoot, trustedRoot } = publicGood();
  const kept = { trustedRoot, metadata: { root: tufRoot }, refreshedAt: new Date().toISOString() };
  await keepRoot(join(folder, 'cache', 'presync', 'elsewhere', 'roots'), publicGood(), kept);
  const signing = signingWorld();
  await writeFile(join(folder, 'root.json'), signing.trustedRoot.json);
  await writeFile(join(folder, 'pod.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n');
  await writeFile(join(folder, 'policy.yaml'), 'version: 1\n');
  const registry = await aRegistry();
  opened.world = { folder, registry, image: signedImage(registry, signing, { as: ['bundle'] }).ref };
});

afterAll(async () => {
  await opened.world?.registry.close();
  if (opened.world !== undefined) await rm(opened.world.folder, { recursive: true });
});

function theWorld(): World {
  if (opened.world === undefined) throw new Error('the world was not made');
  return opened.world;
}

function loadedIn(stderr: string): readonly string[] {
  const urls = JSON.parse(stderr.slice(stderr.lastIndexOf(MARK) + MARK.length)) as readonly string[];
  return urls.map((url) => relative(ROOT, new URL(url).pathname));
}

/** What the program loads for these words, by its path below the root of the project. */
function loadedBy(
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
  cwd = theWorld().folder,
): Promise<readonly string[]> {
  const { folder, registry } = theWorld();
  const env = {
    PATH: process.env['PATH'],
    XDG_CACHE_HOME: join(folder, 'cache'),
    PRESYNC_PRIVATE_HOSTS: registry.origin,
    ...more,
  };
  const command = ['--import', SPY, join(ROOT, 'src', 'main.ts'), ...args];
  return new Promise((resolve) => {
    const call = { cwd, env, timeout: TIMEOUT_MS, maxBuffer: 1 << 24 };
    execFile(process.execPath, command, call, (_error, _out, stderr) => resolve(loadedIn(stderr)));
  });
}

function packagesOf(files: readonly string[]): readonly string[] {
  const names = files.flatMap((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []);
  return [...new Set(names)].toSorted();
}

const SIGSTORE = ['@sigstore/core', '@sigstore/protobuf-specs', '@sigstore/verify'];

describe('a command starts with what it uses, and nothing else', () => {
  test(
    '`verify` loads no package, and none of what judges a repository',
    async () => {
      const { image, folder } = theWorld();
      for (const args of [
        ['verify', '--help'],
        ['verify', '--offline', image],
        ['verify', image],
      ]) {
        const files = await loadedBy(args);
        expect(files).toContain('src/commands/verify.ts');
        expect(packagesOf(files)).toEqual([]);
        const others = /^src\/(?:adapters\/git|discover|render|diff|blame|checks\/(?!provenance)|queue|server)\//;
        expect(files.filter((file) => others.test(file))).toEqual([]);
      }
      const root = { PRESYNC_TRUSTED_ROOTS: join(folder, 'root.json') };
      expect(packagesOf(await loadedBy(['verify', image], root))).toEqual(SIGSTORE);
      const policy = ['--config', join(folder, 'policy.yaml')];
      expect(packagesOf(await loadedBy(['verify', ...policy, image]))).toEqual(['js-yaml', 'zod']);
    },
    TIMEOUT_MS,
  );

  test(
    '`check` loads no client of GitHub, of Redis or of a queue, and nothing of sigstore',
    async () => {
      const { folder } = theWorld();
      const files = await loadedBy(['check', '--manifests', join(folder, 'pod.yaml')]);
      expect(files).toContain('src/commands/check.ts');
      expect(packagesOf(files)).toEqual(['ignore', 'js-yaml']);
      expect(packagesOf(await loadedBy(['check', '--help']))).toEqual(['ignore', 'js-yaml']);
    },
    TIMEOUT_MS,
  );

  test(
    'a process that verifies loads what verifies',
    async () => {
      const child = spawn(process.execPath, ['--import', SPY, join(ROOT, 'src', 'adapters', 'sigstore', 'child.ts')]);
      child.stdin.end();
      const files = loadedIn(await text(child.stderr));
      expect(packagesOf(files)).toEqual(['@noble/curves', '@noble/hashes', '@sigstore/bundle', ...SIGSTORE]);
      expect(files.filter((file) => /^(?:workers|src\/(?!adapters\/sigstore\/|model\/|ports\/))/.test(file))).toEqual(
        [],
      );
    },
    TIMEOUT_MS,
  );

  test.each<[string, readonly string[], boolean]>([
    ['keeps what it compiled', ['check', '--help'], true],
    ['keeps nothing with --no-cache', ['check', '--help', '--no-cache'], false],
    ['keeps nothing where it is the service', ['serve', '--help'], false],
  ])(
    'it %s',
    async (_name, args, isKept) => {
      const cache = join(theWorld().folder, `cache of ${args.join(' ')}`);
      await loadedBy(args, { XDG_CACHE_HOME: cache }, ROOT);
      const names = await readdir(join(cache, 'presync', 'code')).catch(() => []);
      expect(names.length > 0).toBe(isKept);
    },
    TIMEOUT_MS,
  );
});
