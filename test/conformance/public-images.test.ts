import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { anEvidenceReader, type EvidenceReader } from '../builders/evidence.ts';
import { pushLayout } from '../standin/registry/layout.ts';
import { aRegistry, type RegistryStandIn } from '../standin/registry/registry.ts';
import { publicGoodRoot, rootsOf } from './sigstore-cases.ts';

/** A clone of https://github.com/slsa-framework/slsa-verifier, whose test data (Apache-2.0) is not part of this repository. */
const CLONE =
  process.env['PRESYNC_SLSA_VERIFIER'] ??
  join(process.env['PRESYNC_TEST_DATA'] ?? join(import.meta.dirname, '..', '..', '..', 'shared'), 'slsa-verifier');
const IMAGES = join(CLONE, 'cli', 'slsa-verifier', 'testdata', 'gha_generic_container');
const GENERATOR =
  'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_container_slsa3.yml';
const TIMEOUT_MS = 60_000;

const versions = existsSync(IMAGES) ? readdirSync(IMAGES) : [];

if (versions.length > 0) {
  const opened: { registry?: RegistryStandIn; reader?: EvidenceReader } = {};
  beforeAll(async () => {
    opened.registry = await aRegistry();
    opened.reader = anEvidenceReader(opened.registry.origin);
  });
  afterAll(async () => {
    await opened.reader?.close();
    await opened.registry?.close();
  });

  async function evidenceOf(version: string, trust: Parameters<EvidenceReader['read']>[1]) {
    const { registry, reader } = opened;
    if (registry === undefined || reader === undefined) throw new Error('nothing was opened');
    const digest = pushLayout(registry, `slsa/${version}`, join(IMAGES, version, 'container_workflow_dispatch'));
    return { digest, evidence: await reader.read(`${registry.host}/slsa/${version}@${digest}`, trust) };
  }

  describe.each(versions)('an image of slsa-github-generator %s', (version) => {
    test(
      'has provenance of its builder under the public root',
      async () => {
        const { digest, evidence } = await evidenceOf(version, { roots: rootsOf('public', publicGoodRoot()) });
        const builder = `${GENERATOR}@refs/tags/${version}`;
        expect(evidence).toMatchObject({
          status: 'read',
          believed: [
            {
              role: 'attestation',
              subject: digest,
              provenance: { builder, source: expect.stringContaining('slsa-framework/example-package') },
              signer: { kind: 'keyless', subject: builder },
              isLogged: true,
            },
          ],
          rejected: [],
        });
      },
      TIMEOUT_MS,
    );
  });

  test(
    'nothing of it is believed without that root',
    async () => {
      const { evidence } = await evidenceOf(versions[0] ?? '', {});
      expect(evidence).toMatchObject({ status: 'read', believed: [], rejected: [{ fault: 'invalid' }] });
    },
    TIMEOUT_MS,
  );
} else {
  // oxlint-disable-next-line jest/no-disabled-tests -- said aloud where the public images are not there
  test.skip(`images of slsa-github-generator: public test data not there (${CLONE}); set PRESYNC_SLSA_VERIFIER`, () => {
    expect(true).toBe(true);
  });
}
