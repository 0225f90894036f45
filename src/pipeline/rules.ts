import { DEFAULT_POLICY } from '../config/default-policy.ts';
import type { ReadPolicy } from '../config/policy.ts';
import { PolicyError } from '../config/policy-error.ts';
import { MAX_TRUST_FILE_BYTES, trustFileProblems, trustFilesOf } from '../config/trust-files.ts';
import type { ProposedPolicy } from '../checks/check.ts';
import { canonicalJson } from '../model/json.ts';
import type { Policy } from '../model/policy.ts';
import { MODES } from '../model/tree.ts';
import type { SourceTree } from '../ports/source-tree.ts';

/** Where a repository keeps its policy. */
export const POLICY_FILE = '.presync.yaml';

/** A file that a policy names, by its path; undefined where there is none. */
export type ReadFile = (path: string) => Promise<Uint8Array | undefined>;

/** The text of a policy, with that of the files that it names: the repository's own, or the operator's (`--config`). */
export interface PolicyText {
  /** To show in messages. */
  readonly file: string;
  readonly text: string;
  /** By path, as far as they are there. */
  readonly files?: Readonly<Record<string, string>> | undefined;
}

/** The repository's own rules as they stand in a tree. */
export async function policyTextOf(tree: SourceTree): Promise<PolicyText | undefined> {
  const entry = tree.entries.find(({ path }) => path === POLICY_FILE);
  if (entry === undefined) return undefined;
  const text = Buffer.from(await tree.read(entry.oid)).toString('utf8');
  return withFiles({ file: POLICY_FILE, text }, readIn(tree));
}

/** Files of a tree; a link leads nowhere. */
function readIn(tree: SourceTree): ReadFile {
  return async (path) => {
    const entry = tree.entries.find((one) => one.path === path);
    return entry === undefined || !FILES.has(entry.mode) ? undefined : await tree.read(entry.oid);
  };
}

const FILES: ReadonlySet<string> = new Set([MODES.file, MODES.executable]);

/** The same policy with the files that it names. What cannot be read as a policy names none. */
export async function withFiles(written: PolicyText, read: ReadFile): Promise<PolicyText> {
  const files = await Promise.all(
    (await namedBy(written)).map(async (path) => {
      const bytes = await read(path);
      const isTaken = bytes !== undefined && bytes.length <= MAX_TRUST_FILE_BYTES;
      return isTaken ? [[path, Buffer.from(bytes).toString('utf8')] as const] : [];
    }),
  );
  return { ...written, files: Object.fromEntries(files.flat()) };
}

async function namedBy({ text, file }: PolicyText): Promise<readonly string[]> {
  try {
    const { policy } = await readLines(text, file);
    return trustFilesOf(policy);
  } catch (error) {
    if (error instanceof PolicyError) return [];
    throw error;
  }
}

/** The schema is loaded with the first text that it has to read. Throws PolicyError. */
async function readLines(text: string, file: string): Promise<ReadPolicy> {
  const { readPolicyLines } = await import('../config/policy.ts');
  return readPolicyLines(text, file);
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
  if (operatorPolicy !== undefined) return { policy: await parsePolicy(operatorPolicy), proposed: undefined };
  const [before, after] = await Promise.all([policyTextOf(base), policyTextOf(merged)]);
  const isSame = canonicalJson(before) === canonicalJson(after);
  return { policy: await parsePolicy(before), proposed: isSame ? undefined : await proposedPolicy(after) };
}

/** No file at all means the defaults. Throws PolicyError. */
export async function parsePolicy(written: PolicyText | undefined): Promise<Policy> {
  return written === undefined ? DEFAULT_POLICY : (await readWhole(written)).policy;
}

/** Files that are missing or are not what they should be are as wrong as a key that nobody knows. */
async function readWhole(written: PolicyText): Promise<ReadPolicy> {
  const { policy: bare, lineOf } = await readLines(written.text, written.file);
  const policy = { ...bare, trust: { ...bare.trust, files: written.files ?? {} } };
  const [first, ...more] = trustFileProblems(policy).map(({ path, message }) => ({
    code: 'VALUE' as const,
    line: lineOf(path),
    message,
  }));
  if (first !== undefined) throw new PolicyError(written.file, [first, ...more]);
  return { policy, lineOf };
}

async function proposedPolicy(written: PolicyText | undefined): Promise<ProposedPolicy> {
  if (written === undefined) return { policy: DEFAULT_POLICY };
  try {
    const { policy, lineOf } = await readWhole(written);
    return { policy, written: { file: written.file, lineOf } };
  } catch (error) {
    if (error instanceof PolicyError) return { problem: error };
    throw error;
  }
}
