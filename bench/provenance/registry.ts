// A process of its own with signed images, so that serving them costs the measured side no time of its event loop.
import { createInterface } from 'node:readline';
import { signedImage, type SignedImageWish } from '../../test/builders/signed-image.ts';
import { aRegistry } from '../../test/standin/registry/registry.ts';
import { aSigningKey } from '../../test/standin/sigstore/keys.ts';
import { signingWorld } from '../../test/standin/sigstore/world.ts';

/** What lies beside images of teams that sign: cosign 3, cosign 2, and both with provenance. */
const MIX: readonly SignedImageWish['as'][] = [['bundle'], ['sig'], ['bundle', 'github-provenance'], ['sig', 'att']];

const count = Number(process.argv[2]);
const registry = await aRegistry();
const world = signingWorld();
const refs = Array.from({ length: count }, (_, index) => {
  const as = MIX[index % MIX.length];
  return signedImage(registry, world, { repository: `acme/shop-${index % 50}`, content: `image ${index}`, as }).ref;
});
const key = aSigningKey();
const wish: SignedImageWish = { repository: 'acme/keyed', by: { key }, proof: 'none', as: ['sig'] };
const keyed = { ref: signedImage(registry, world, wish).ref, pem: key.pem };
process.stdout.write(`${JSON.stringify({ origin: registry.origin, refs, keyed, root: world.trustedRoot })}\n`);
// Each line asks what the registry has cost so far, since it shares the cores with what is measured.
for await (const _ of createInterface({ input: process.stdin })) {
  const { user, system } = process.cpuUsage();
  process.stdout.write(`${(user + system) / 1000}\n`);
}
await registry.close();
