import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readContract } from './contract.ts';
import { createFaults } from './faults.ts';
import { startPeer, userToken, type PeerSeed } from './peer.ts';
import { listen } from './server.ts';
import { controls } from './controls.ts';
import { drivers } from './drivers.ts';
import { readers } from './readers.ts';
import type { GitHubStandIn } from './stand-in.ts';
import type { GitHubOptions } from './types.ts';
import { settle, type AppFacts, type Installation, type World } from './world.ts';

export type { GitHubStandIn } from './stand-in.ts';
export type * from './types.ts';

const PERMISSIONS = {
  checks: 'write',
  contents: 'read',
  pull_requests: 'write',
  statuses: 'write',
  merge_queues: 'read',
  metadata: 'read',
  members: 'read',
} as const;
const EVENTS = ['pull_request', 'check_run', 'check_suite', 'merge_group', 'issue_comment', 'push', 'repository'];

/** A GitHub on loopback: real git, signed webhooks, `emulate` as its memory, and the rules of github.md on top. */
export async function startGitHub(options: GitHubOptions = {}): Promise<GitHubStandIn> {
  const built: { world?: World } = {};
  const listening = await listen(options.port ?? 0, () => {
    if (!built.world) throw new Error('the stand-in is still starting');
    return built.world;
  });
  const gitRoot = await mkdtemp(join(tmpdir(), 'presync-git-'));
  built.world = await buildWorld(options, `http://127.0.0.1:${listening.port}`, gitRoot);
  const { world } = built;
  const { url, app, hook, contract } = world;
  return {
    url,
    apiUrl: `${url}/api/v3`,
    app: { id: app.id, slug: app.slug, privateKey: app.privateKey, webhookSecret: hook.secret },
    contractAbsent: contract.absent,
    ...drivers(world),
    ...controls(world),
    ...readers(world),
    async close() {
      await settle(world);
      await listening.close();
      await world.peer.close();
      await rm(gitRoot, { recursive: true, force: true });
    },
  };
}

async function buildWorld(options: GitHubOptions, url: string, gitRoot: string): Promise<World> {
  const { organizations = ['acme'], users = ['octo-dev', 'mallory'], now = Date.now } = options;
  const app = appOf(options);
  const installations = organizations.map(
    (account, at): Installation => ({ id: 7001 + at, account, without: new Set(), suspended: false }),
  );
  const peer = await startPeer({ baseUrl: url, organizations, users, app: seedOf(app, installations) });
  const { webhookSecret: secret = randomBytes(20).toString('hex'), tokenFormat = 'stateless' } = options;
  return {
    url,
    now,
    peer,
    contract: readContract(options.testData),
    faults: createFaults(),
    gitRoot,
    app,
    hook: { url: options.webhookUrl, secret },
    tokenFormat,
    installations: new Map(installations.map((installation) => [installation.id, installation])),
    users: new Map(users.map((login) => [login, userToken(login)])),
    ...empty(),
  };
}

function appOf({ app = {} }: GitHubOptions): AppFacts {
  const { id = 424_242, slug = 'presync', permissions = PERMISSIONS, events = EVENTS, privateKey = newKey() } = app;
  return { id, slug, permissions, events, privateKey, publicKey: createPublicKey(privateKey) };
}

function seedOf(app: AppFacts, installations: readonly Installation[]): PeerSeed['app'] {
  return {
    app_id: app.id,
    slug: app.slug,
    name: app.slug,
    private_key: app.privateKey,
    permissions: app.permissions,
    events: app.events,
    installations: installations.map(({ id, account }) => ({
      installation_id: id,
      account,
      repository_selection: 'all',
    })),
  };
}

function empty(): Pick<
  World,
  | 'tokens'
  | 'repositories'
  | 'pulls'
  | 'runs'
  | 'reviewComments'
  | 'statuses'
  | 'attestations'
  | 'branchRules'
  | 'roles'
  | 'manifests'
  | 'deliveries'
  | 'violations'
  | 'requests'
  | 'pending'
  | 'counters'
> {
  return {
    tokens: new Map(),
    repositories: new Map(),
    pulls: new Map(),
    runs: new Map(),
    reviewComments: new Map(),
    statuses: [],
    attestations: [],
    branchRules: new Map(),
    roles: new Map(),
    manifests: new Map(),
    deliveries: [],
    violations: [],
    requests: [],
    pending: new Set(),
    counters: { delivery: 0, commit: 0, uploads: 0 },
  };
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
}
