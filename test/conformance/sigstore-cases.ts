import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ownRoot } from '../../src/adapters/sigstore/own-root.ts';
import type { Signer, Trust, TrustedRoot } from '../../src/model/provenance.ts';
import type { VerifyWant } from '../../src/ports/signature-verifier.ts';

/** A clone of https://github.com/sigstore/sigstore-conformance, whose data (Apache-2.0) is not part of this repository. */
export const SUITE =
  process.env['PRESYNC_SIGSTORE_CONFORMANCE'] ??
  join(
    process.env['PRESYNC_TEST_DATA'] ?? join(import.meta.dirname, '..', '..', '..', 'shared'),
    'sigstore-conformance',
  );

const CASES = join(SUITE, 'test', 'assets', 'bundle-verify');

/** What holds where a case does not say otherwise: README.md beside the cases. */
const BEACON =
  'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main';
const GITHUB = 'https://token.actions.githubusercontent.com';

export interface ConformanceCase {
  readonly name: string;
  readonly isGood: boolean;
  readonly want: VerifyWant;
  readonly trust: Trust;
  /** Is it the signer that the case asks for? The suite leaves that to the verifier, presync to its policy. */
  readonly fits: (signer: Signer) => boolean;
}

export function conformanceCases(): readonly ConformanceCase[] {
  if (!existsSync(CASES)) return [];
  return readdirSync(CASES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => aCase(name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function aCase(name: string): ConformanceCase {
  const at = (file: string) => join(CASES, name, file);
  const textOf = (file: string) => (existsSync(at(file)) ? readFileSync(at(file), 'utf8') : undefined);
  const artifact = readFileSync(existsSync(at('artifact')) ? at('artifact') : join(CASES, 'a.txt'));
  const subject = digestOf(artifact);
  const content = readFileSync(at('bundle.sigstore.json'));
  const attachment = {
    format: 'sigstore-bundle',
    place: name,
    digest: digestOf(content),
    beside: subject,
    content,
    annotations: {},
  } as const;
  const key = textOf('key.pub');
  const [issuer, identity] = [textOf('issuer')?.trim() ?? GITHUB, textOf('identity')?.trim() ?? BEACON];
  return {
    name,
    isGood: !name.endsWith('_fail'),
    want: { subjects: [subject], attachment, artifacts: [artifact] },
    trust: {
      roots: rootsOf('suite', textOf('trusted_root.json') ?? publicGoodRoot()),
      keys: key === undefined ? [] : [{ name: 'key.pub', pem: key, needsLog: true }],
      authorities: [],
    },
    fits: (signer) =>
      key === undefined
        ? signer.kind === 'keyless' && signer.issuer === issuer && signer.subject === identity
        : signer.kind === 'key',
  };
}

/** As presync reads a file that is to be trusted; one with faults is not. */
export function rootsOf(name: string, json: string): readonly TrustedRoot[] {
  const read = ownRoot(name, json);
  return 'root' in read ? [read.root] : [];
}

/** The root that the TUF client is delivered with. */
export function publicGoodRoot(): string {
  const seeds: unknown = createRequire(import.meta.url)('@sigstore/tuf/seeds.json');
  const [seed] = Object.values(
    seeds as Readonly<Record<string, { readonly targets: Readonly<Record<string, string>> }>>,
  );
  return Buffer.from(seed?.targets['trusted_root.json'] ?? '', 'base64').toString();
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
