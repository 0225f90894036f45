/** Keys that people may expect in `.presync.yaml` and that mean nothing there: each with what to do instead. */
const OPERATOR = new Set(
  [
    'privateHosts',
    'hosts',
    'allowedHosts',
    'allowHosts',
    'credentials',
    'token',
    'secrets',
    'limits',
    'proxy',
    'proxies',
    'sandbox',
    'allowUnsandboxed',
    'redis',
    'stateDir',
    'github',
  ].map(plain),
);

/** Pointers without indexes and names: `*` stands for one of either. */
const LATER: ReadonlyMap<string, string> = new Map([
  ['trust', 'trust roots are not supported yet'],
  ['images/*/require/signature', 'signatures are not verified yet'],
  ['images/*/require/provenance', 'provenance is not verified yet'],
]);

/** The same, as docs/policy.md writes them. */
export const LATER_KEYS: readonly string[] = [...LATER.keys()].map((place) =>
  place.replace('images/*', 'images[]').replace('clusters/*', 'clusters.<name>').replaceAll('/', '.'),
);

/** Does the key belong to the operator, wherever a repository writes it? */
export function isOperatorKey(key: string): boolean {
  return OPERATOR.has(plain(key)) || key.startsWith('PRESYNC_');
}

/** What a key that a later version brings would do; none for a key that nobody knows. */
export function laterKey(path: readonly (string | number)[]): string | undefined {
  const place = path.map((part, index) =>
    typeof part === 'number' || (path[0] === 'clusters' && index === 1) ? '*' : part,
  );
  return LATER.get(place.join('/'));
}

function plain(key: string): string {
  return key.toLowerCase().replace(/[^a-z]/g, '');
}
