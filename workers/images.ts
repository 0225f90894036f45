import { createHash } from 'node:crypto';
import { systemTimer } from '../src/adapters/clock/system-timer.ts';
import { githubAttestations } from '../src/adapters/github/attestations.ts';
import type { Instance } from '../src/adapters/sigstore/instance.ts';
import { trustedRoots } from '../src/adapters/sigstore/trusted-roots.ts';
import { signatureVerifier } from '../src/adapters/sigstore/verifier-pool.ts';
import type { RootFile } from '../src/config/root-files.ts';
import { SettingsError } from '../src/config/settings-problem.ts';
import type { TrustedRoot } from '../src/model/provenance.ts';
import type { CredentialRule } from '../src/pipeline/credential-rule.ts';
import type { ImagePorts } from '../src/pipeline/image-evidence.ts';
import type { Cache } from '../src/ports/cache.ts';
import type { Clock } from '../src/ports/clock.ts';
import type { Http } from '../src/ports/http.ts';
import type { Log } from '../src/ports/log.ts';
import type { ToolRunner } from '../src/ports/tool-runner.ts';
import type { TrustedRoots } from '../src/ports/trusted-roots.ts';
import { imageEvidence } from '../src/provenance/evidence.ts';
import { bringingRoots } from '../src/provenance/missing-root.ts';
import type { Elsewhere } from './elsewhere.ts';

export interface ImagesParts {
  readonly runner: ToolRunner;
  readonly clock: Clock;
  /** Which engine and which presync: what they keep is theirs alone. */
  readonly build: string;
  /** The last good trusted roots lie below it; undefined: nothing is kept. */
  readonly folder: string | undefined;
  /** Base of GitHub's REST API. */
  readonly githubUrl: string;
  readonly rootFiles: readonly RootFile[];
  readonly log?: Log | undefined;
  /** Omitted: those that presync knows. */
  readonly instances?: readonly Instance[] | undefined;
}

/** For one run: what it may read, and what it may use of earlier ones. */
export interface ImagesScope {
  readonly elsewhere: Pick<Elsewhere, 'registry' | 'http'>;
  readonly rule: Pick<CredentialRule, 'mayUse'>;
  readonly cache: Cache;
  /** Attestations that GitHub keeps itself are asked for with a token only: without one it answers sixty questions an hour. */
  readonly token: string | undefined;
}

export interface Images {
  /** Whom to trust, asked for and refreshed over this transport. */
  roots(http: Http): TrustedRoots;
  of(scope: ImagesScope): Pick<ImagePorts, 'evidence' | 'roots'>;
  close(): Promise<void>;
}

/** Who stands behind images, and whom to trust; the processes that verify serve all scopes, since they keep nothing. Throws SettingsError. */
export async function openImages(parts: ImagesParts): Promise<Images> {
  const { runner, clock, build, folder, githubUrl: baseUrl, log, instances } = parts;
  const own = await ownRoots(parts.rootFiles);
  const verifier = signatureVerifier({ runner, clock });
  const roots = (http: Http) => withOwn(trustedRoots({ folder, http, clock, log, instances }), own);
  return {
    roots,
    of({ elsewhere: { registry, http }, rule: { mayUse: mayUseCredentials }, cache, token }) {
      const known = roots(http);
      const evidence = imageEvidence({
        registry,
        verifier,
        api: token === undefined ? undefined : githubAttestations({ http, baseUrl, token }),
        timer: systemTimer(),
        hash: (text) => createHash('sha256').update(text).digest('hex'),
        build,
        mayUseCredentials,
        cache,
        now: () => clock.now(),
      });
      return { evidence: bringingRoots(evidence, (name, signal) => known.bring(name, signal)), roots: known };
    },
    close: () => verifier.close(),
  };
}

/** What reads them is loaded where there are any: it brings the whole of sigstore into this process. */
async function ownRoots(files: readonly RootFile[]): Promise<readonly TrustedRoot[]> {
  if (files.length === 0) return [];
  const { ownRoot } = await import('../src/adapters/sigstore/own-root.ts');
  const read = files.map(({ name, json }) => ownRoot(name, json));
  const problems = read.flatMap((one) => ('problems' in one ? one.problems : []));
  if (problems.length > 0)
    throw new SettingsError(
      problems.map((message) => ({ name: 'PRESYNC_TRUSTED_ROOTS', message: `names no trusted root: ${message}` })),
    );
  return read.flatMap((one) => ('root' in one ? [one.root] : []));
}

function withOwn<Roots extends TrustedRoots>(shipped: Roots, own: readonly TrustedRoot[]): Roots {
  return {
    ...shipped,
    async current() {
      const { roots, ...rest } = await shipped.current();
      return { ...rest, roots: [...roots, ...own] };
    },
  };
}
