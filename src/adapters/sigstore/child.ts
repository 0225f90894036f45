import { createInterface } from 'node:readline';
import type { Trust } from '../../model/provenance.ts';
import { type ChildRequest, decodeWant, READY } from './messages.ts';
import { type UsableTrust, usableTrust } from './usable-trust.ts';
import { verifyAttachment } from './verify-attachment.ts';

/** The program that the pool runs: reads requests, a line each, answers each with a line, keeps nothing but the last trust. */
async function main(): Promise<void> {
  const held: { trust: UsableTrust } = { trust: usableTrust({ roots: [], keys: [], authorities: [] }) };
  say(READY);
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as ChildRequest | { readonly trust: Trust };
    if ('trust' in request) held.trust = usableTrust(request.trust);
    else say({ id: request.id, answer: verifyAttachment(decodeWant(request.want), held.trust, new Date(request.now)) });
  }
}

function say(message: unknown): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

await main();
