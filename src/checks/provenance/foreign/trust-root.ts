import { type JsonObject, type JsonValue, listAt, objectAt, textAt } from '../../../model/json.ts';
import { groupOf, type Manifest } from '../../../model/manifest.ts';
import type { ForeignRoot, KeptAuthority, KeptLog, SigstoreKeys } from '../../../model/sigstore-keys.ts';
import { refuse } from './reading.ts';

/** The TrustRoots that an authority points to; '' where it does not. */
export interface TrustRootRefs {
  readonly certificates: string;
  readonly log: string;
  readonly timestamps: string;
  /** `signatureFormat: bundle`: a log is asked for unless timestamps are. */
  readonly isBundle: boolean;
  readonly ignoresCertificateLog: boolean;
}

/** The mirror of the public good instance, whose root presync brings itself. */
const PUBLIC_MIRROR = /^https:\/\/tuf-repo-cdn\.sigstore\.dev\/?$/;

/**
 * The root that the TrustRoots of one authority come to: certificates of one, log and timestamps of the same or of others.
 * https://github.com/sigstore/policy-controller/blob/main/pkg/webhook/validator.go (checkOptsFromAuthority): without a log it asks for
 * none, with timestamps for them in place of a log. `public-good` where it is that instance.
 */
export function rootOf(
  refs: TrustRootRefs,
  { cluster }: Manifest,
  all: readonly Manifest[],
): ForeignRoot | 'public-good' {
  const { certificates, timestamps } = refs;
  const log = logRefOf(refs);
  const find = (name: string) => (name === '' ? NO_KEYS : keysOf(name, cluster, all));
  const [authorities, logs, stampers] = [find(certificates), find(log), find(timestamps)];
  if (authorities === 'public-good' && logs === 'public-good' && timestamps === '') return 'public-good';
  if (authorities === 'public-good' || logs === 'public-good' || stampers === 'public-good')
    return refuse('a part of what it trusts is the public instance, and another part is not');
  const { timestampAuthorities } = stampers;
  if (timestampAuthorities.length > 1) refuse(`the TrustRoot ${timestamps} has several timestamp authorities`);
  return {
    name: `${nameFor(refs)} in ${cluster}`,
    ...authorities,
    logs: logs.logs,
    timestampAuthorities,
    thresholds: thresholdsOf(refs),
  };
}

function thresholdsOf(refs: TrustRootRefs): ForeignRoot['thresholds'] {
  const isStamped = refs.timestamps !== '';
  return {
    logs: !isStamped && logRefOf(refs) !== '' ? 1 : 0,
    certificateLogs: refs.ignoresCertificateLog ? 0 : 1,
    timestamps: isStamped ? 1 : 0,
  };
}

/** Bundles are asked for a log of the same root. */
function logRefOf({ certificates, log, isBundle }: TrustRootRefs): string {
  return isBundle ? certificates : log;
}

const NO_KEYS: SigstoreKeys = { certificateAuthorities: [], logs: [], certificateLogs: [], timestampAuthorities: [] };

function nameFor({ certificates, log, timestamps, isBundle, ignoresCertificateLog }: TrustRootRefs): string {
  const parts = [
    `TrustRoot ${certificates}`,
    ...(isBundle ? ['for bundles'] : []),
    ...(log === '' || log === certificates ? [] : [`with the log of ${log}`]),
    ...(log === '' && !isBundle ? ['without a log'] : []),
    ...(timestamps === '' ? [] : [`with the timestamps of ${timestamps}`]),
    ...(ignoresCertificateLog ? ['without a certificate log'] : []),
  ];
  return parts.join(' ');
}

/** https://github.com/sigstore/policy-controller/blob/main/pkg/apis/policy/v1alpha1/trustroot_types.go */
function keysOf(name: string, cluster: string, all: readonly Manifest[]): SigstoreKeys | 'public-good' {
  const found = all.find(
    ({ id, cluster: other }) =>
      other === cluster &&
      id.kind === 'TrustRoot' &&
      groupOf(id.apiVersion) === 'policy.sigstore.dev' &&
      id.name === name,
  );
  if (found === undefined) return refuse(`its TrustRoot ${name} is not in Git`);
  const spec = objectAt(found.object, 'spec');
  if (spec['remote'] !== undefined) return isPublicGood(objectAt(spec, 'remote'), name);
  if (spec['sigstoreKeys'] === undefined)
    return refuse(`the TrustRoot ${name} holds a TUF repository, which is not opened here`);
  const keys = objectAt(spec, 'sigstoreKeys');
  return {
    certificateAuthorities: listAt(keys, 'certificateAuthorities').map((one) => authorityOf(one, name)),
    logs: listAt(keys, 'tLogs').map((one) => logOf(one, name)),
    certificateLogs: listAt(keys, 'ctLogs').map((one) => logOf(one, name)),
    timestampAuthorities: listAt(keys, 'timestampAuthorities').map((one) => authorityOf(one, name)),
  };
}

function isPublicGood(remote: JsonObject, name: string): 'public-good' {
  const isDefault = ['', 'targets'].includes(textAt(remote, 'targets'));
  const isRoot = ['', 'trusted_root.json'].includes(textAt(remote, 'trustedRootTarget'));
  if (PUBLIC_MIRROR.test(textAt(remote, 'mirror')) && isDefault && isRoot) return 'public-good';
  return refuse(`the TrustRoot ${name} is fetched from ${textAt(remote, 'mirror')}`);
}

function authorityOf(value: JsonValue, name: string): KeptAuthority {
  const subject = objectAt(value, 'subject');
  return {
    organization: textAt(subject, 'organization'),
    commonName: textAt(subject, 'commonName'),
    uri: textAt(value, 'uri'),
    pem: pemAt(value, 'certChain', name),
  };
}

function logOf(value: JsonValue, name: string): KeptLog {
  return {
    url: textAt(value, 'baseURL'),
    hash: textAt(value, 'hashAlgorithm'),
    pem: pemAt(value, 'publicKey', name),
  };
}

/** Bytes of Go stand in base64. */
function pemAt(value: JsonValue, key: string, name: string): string {
  try {
    const text = atob(textAt(value, key).replace(/\s/g, ''));
    if (text.includes('-----BEGIN ')) return text;
  } catch {
    // Said below, like every other text that is no PEM.
  }
  return refuse(`${key} of the TrustRoot ${name} holds no PEM in base64`);
}
