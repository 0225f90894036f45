/** Keys that people may expect in `.presync.yaml` and that are not for a repository to set. */
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

/** Does the key belong to the operator, wherever a repository writes it? */
export function isOperatorKey(key: string): boolean {
  return OPERATOR.has(plain(key)) || key.startsWith('PRESYNC_');
}

function plain(key: string): string {
  return key.toLowerCase().replace(/[^a-z]/g, '');
}
