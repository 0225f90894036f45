import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { canonicalJson } from '../../src/model/json.ts';

/** What a TUF repository serves, by path, and how its content changes: https://theupdateframework.github.io/specification/latest/ */
export interface TufRepository {
  /** `root.json` of the first version. */
  readonly root: string;
  readonly files: ReadonlyMap<string, string>;
  /** Publishes a new version of everything but the root. */
  publish(trustedRoot: string): void;
  /** A new root, signed by the keys of the one before; it expires as the rest unless it is said. */
  rotate(expires?: string): void;
}

/** The first root may expire before the rest. */
export function aTufRepository(
  trustedRoot: string,
  expires = '2099-01-01T00:00:00Z',
  rootExpires = expires,
): TufRepository {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = {
    keytype: 'ed25519',
    scheme: 'ed25519',
    keyval: { public: publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('hex') },
  };
  const id = hex(canonicalJson(key));
  const files = new Map<string, string>();
  const versions = { root: 1, content: 0 };
  const common = { spec_version: '1.0.31', expires };

  const signed = (body: object): string => {
    const sig = sign(null, Buffer.from(canonicalJson(body)), privateKey).toString('hex');
    return JSON.stringify({ signed: body, signatures: [{ keyid: id, sig }] });
  };
  const rootOf = (version: number, until: string): string => {
    const role = { keyids: [id], threshold: 1 };
    const roles = { root: role, timestamp: role, snapshot: role, targets: role };
    return signed({
      _type: 'root',
      ...common,
      expires: until,
      version,
      consistent_snapshot: true,
      keys: { [id]: key },
      roles,
    });
  };
  const publish = (content: string): void => {
    versions.content += 1;
    const version = versions.content;
    const target = { length: Buffer.byteLength(content), hashes: { sha256: hex(content) } };
    files.set(`/targets/${hex(content)}.trusted_root.json`, content);
    files.set(
      `/${version}.targets.json`,
      signed({ _type: 'targets', ...common, version, targets: { 'trusted_root.json': target } }),
    );
    files.set(
      `/${version}.snapshot.json`,
      signed({ _type: 'snapshot', ...common, version, meta: { 'targets.json': { version } } }),
    );
    files.set(
      '/timestamp.json',
      signed({ _type: 'timestamp', ...common, version, meta: { 'snapshot.json': { version } } }),
    );
  };

  publish(trustedRoot);
  const root = rootOf(1, rootExpires);
  files.set('/1.root.json', root);
  return {
    root,
    files,
    publish,
    rotate(until = expires) {
      versions.root += 1;
      files.set(`/${versions.root}.root.json`, rootOf(versions.root, until));
    },
  };
}

function hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
