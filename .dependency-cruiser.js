// Who may import whom. The same rules in words stand in STYLE.md; keep the two equal.
const TEST = '\\.test\\.ts$';
const STAGE = '^src/(discover|render|diff|blame|checks|provenance|report)/';
const ROOT = '^(src/(main\\.ts$|commands/)|workers/)';

/** One home for each library or built-in that reaches the outside world. */
const HOMES = [
  { name: 'programs', module: '^(node:)?child_process$', home: '^src/adapters/process/' },
  {
    name: 'network',
    module: '^(node:)?(http|https|http2|net|tls|dns)(/promises)?$|node_modules/undici/',
    home: '^src/(adapters/(http|github)|server)/',
  },
  { name: 'queue', module: 'node_modules/bullmq/', home: '^src/queue/' },
  { name: 'redis', module: 'node_modules/ioredis/', home: '^src/(queue|adapters/redis)/' },
  { name: 'http-edge', module: 'node_modules/(express|@octokit/webhooks)/', home: '^src/server/' },
  { name: 'github', module: 'node_modules/@octokit/(app|rest|plugin-[^/]+)/', home: '^src/adapters/github/' },
  {
    name: 'sigstore',
    module: 'node_modules/(sigstore|@sigstore/[^/]+|tuf-js|@noble/[^/]+)/',
    home: '^src/adapters/sigstore/',
  },
];

/** A folder whose files may import only `allowed` of ours (packages apart). */
function within(name, folder, allowed) {
  return {
    name,
    severity: 'error',
    from: { path: folder, pathNot: TEST },
    to: { path: '^(src|workers|test|bench|scripts|examples)/', pathNot: allowed },
  };
}

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'everything-resolves', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'model-imports-nothing',
      severity: 'error',
      from: { path: '^src/model/', pathNot: TEST },
      to: { pathNot: '^src/model/' },
    },
    {
      name: 'ports-import-model-only',
      severity: 'error',
      from: { path: '^src/ports/', pathNot: TEST },
      to: { pathNot: '^src/(model|ports)/' },
    },
    {
      name: 'stages-do-no-io',
      comment: 'a stage sees the world through src/ports',
      severity: 'error',
      from: { path: STAGE, pathNot: TEST },
      to: { dependencyTypes: ['core'] },
    },
    within('stages-import-model-and-ports', STAGE, '^src/(model|ports|$1)/'),
    {
      name: 'checks-are-independent',
      severity: 'error',
      from: { path: '^src/checks/([^/.]+)', pathNot: `^src/checks/index\\.ts$|${TEST}` },
      to: { path: '^src/checks/', pathNot: '^src/checks/(check\\.ts$|$1[./])' },
    },
    within('config-imports-model', '^src/config/', '^src/(model|config)/'),
    within('pipeline-tells-the-story', '^src/pipeline/', `^src/(model|ports|config|pipeline)/|${STAGE}`),
    within('queue-imports-model', '^src/queue/', '^src/(model|ports|queue)/'),
    within('server-imports-queue', '^src/server/', '^src/(model|ports|config|queue|server)/'),
    within('adapters-do-not-know-each-other', '^src/adapters/([^/]+)/', '^src/(model|ports|adapters/$1)/'),
    {
      name: 'only-roots-build-adapters',
      severity: 'error',
      from: { path: '^(src|workers)/', pathNot: `^src/adapters/|${ROOT}|${TEST}` },
      to: { path: '^src/adapters/' },
    },
    {
      name: 'only-roots-import-workers',
      severity: 'error',
      from: { path: '^src/', pathNot: `${ROOT}|${TEST}` },
      to: { path: '^workers/' },
    },
    {
      name: 'workers-do-not-import-the-web-process',
      severity: 'error',
      from: { path: '^workers/', pathNot: TEST },
      to: { path: '^src/(server/|commands/|main\\.ts)' },
    },
    {
      name: 'product-does-not-import-tests',
      severity: 'error',
      from: { path: '^(src|workers)/', pathNot: TEST },
      to: { path: `^(test|bench|scripts|examples)/|${TEST}` },
    },
    ...HOMES.map(({ name, module, home }) => ({
      name: `one-home-${name}`,
      severity: 'error',
      from: { path: '^(src|workers)/', pathNot: `${home}|${TEST}` },
      to: { path: module },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // It reads TypeScript only through typescript < 7 or @swc/core; with neither it cruises 0 modules and reports success.
    parser: 'swc',
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
