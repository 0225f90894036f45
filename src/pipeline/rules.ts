import { DEFAULT_POLICY, PolicyError, readPolicy, readPolicyLines } from '../config/policy.ts';
import type { ProposedPolicy } from '../checks/check.ts';
import type { Policy } from '../model/policy.ts';
import type { SourceTree } from '../ports/source-tree.ts';
import { POLICY_FILE } from './account.ts';

/** The operator's rules in place of the repository's (`--config`), with the name to show in messages. */
export interface PolicyText {
  readonly file: string;
  readonly text: string;
}

/** The repository's own rules as they stand in a tree. */
export async function policyTextOf(tree: SourceTree): Promise<PolicyText | undefined> {
  const entry = tree.entries.find(({ path }) => path === POLICY_FILE);
  return entry && { file: POLICY_FILE, text: Buffer.from(await tree.read(entry.oid)).toString('utf8') };
}

/** The rules of the base, and what the change would make of them; with an operator's file the repository's has no say. */
export interface Rules {
  readonly policy: Policy;
  readonly proposed: ProposedPolicy | undefined;
}

export async function rulesOf(
  base: SourceTree,
  merged: SourceTree,
  operatorPolicy: PolicyText | undefined,
): Promise<Rules> {
  if (operatorPolicy !== undefined) return { policy: parsePolicy(operatorPolicy), proposed: undefined };
  const [before, after] = await Promise.all([policyTextOf(base), policyTextOf(merged)]);
  return { policy: parsePolicy(before), proposed: before?.text === after?.text ? undefined : proposedPolicy(after) };
}

/** No file at all means the defaults. Throws PolicyError. */
export function parsePolicy(written: PolicyText | undefined): Policy {
  return written === undefined ? DEFAULT_POLICY : readPolicy(written.text, written.file);
}

function proposedPolicy(written: PolicyText | undefined): ProposedPolicy {
  if (written === undefined) return { policy: DEFAULT_POLICY };
  try {
    const { policy, lineOf } = readPolicyLines(written.text, written.file);
    return { policy, written: { file: written.file, lineOf } };
  } catch (error) {
    if (error instanceof PolicyError) return { problem: error };
    throw error;
  }
}
