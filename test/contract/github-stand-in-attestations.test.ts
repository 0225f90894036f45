import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { githubAttestations } from '../../src/adapters/github/attestations.ts';
import { type GuardedHttp, guardedHttp } from '../../src/adapters/http/guarded-http.ts';
import { statementBundle } from '../standin/sigstore/bundles.ts';
import { aWorkflow } from '../standin/sigstore/identity.ts';
import { aGithubProvenance } from '../standin/sigstore/statements.ts';
import { signingWorld } from '../standin/sigstore/world.ts';
import { narrowed, refusal, REPO, start, stop, world } from './github-stand-in.ts';

const DIGEST = `sha256:${'1'.repeat(64)}`;
const repository = 'acme/shop';
const by = { identity: aWorkflow({ repository }) };
const signal = new AbortController().signal;
const opened: GuardedHttp[] = [];

beforeEach(() => start());
afterEach(async () => {
  for (const http of opened.splice(0)) await http.close();
  await stop();
});

/** The transport as the product has it, which may reach the stand-in and, of private hosts, nothing else. */
function attestations(token = world.hub.userToken('octo-dev')) {
  const { hostname: host, port } = new URL(world.hub.url);
  const privateHosts = [{ host, port: Number(port), hasTls: false }];
  const http = guardedHttp({ userAgent: 'presync/test', allowedHosts: undefined, privateHosts });
  opened.push(http);
  return githubAttestations({ http, baseUrl: world.hub.apiUrl, token });
}

function bundle(): Readonly<Record<string, unknown>> {
  const made = statementBundle(signingWorld(), { by, statement: aGithubProvenance(DIGEST, { repository }) });
  return JSON.parse(Buffer.from(made.content).toString());
}

test('attestations are listed, and those that lie packed in the store are fetched and unpacked', async () => {
  const kept = [bundle(), bundle()] as const;
  kept.forEach((one, index) =>
    world.hub.keepAttestation({ repo: REPO, digest: DIGEST, bundle: one, isPacked: index === 1 }),
  );
  const held = await attestations().of(REPO, DIGEST, signal);
  expect(held?.bundles.map(({ content }) => JSON.parse(Buffer.from(content).toString()))).toEqual(kept);
  expect(held?.unread).toBe(0);
  expect(world.hub.violations()).toEqual([]);
});

test('of another digest there are none', async () => {
  world.hub.keepAttestation({ repo: REPO, digest: DIGEST, bundle: bundle(), isPacked: true });
  expect(await attestations().of(REPO, `sha256:${'2'.repeat(64)}`, signal)).toBeUndefined();
});

test('a store that is out of order is an error', async () => {
  world.hub.keepAttestation({ repo: REPO, digest: DIGEST, bundle: bundle(), isPacked: true });
  world.hub.fail({ match: 'GET /attestation-store/0.json.sn', status: 500, times: 9 });
  await expect(attestations().of(REPO, DIGEST, signal)).rejects.toMatchObject({ code: 'UNREACHABLE' });
});

test('a token without the permission is refused', async () => {
  const path = `GET /repos/${REPO}/attestations/${DIGEST}`;
  const client = await narrowed({});
  expect(await refusal(client.request(path))).toEqual([403, 'permission']);
});
