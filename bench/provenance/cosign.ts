import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface ProgramCall {
  readonly program: string;
  /** It sees no other home, so that nothing of this machine counts. */
  readonly folder: string;
}

export interface Expected {
  readonly issuer: string;
  readonly subject: string;
  /** A trusted_root.json: with it cosign asks nobody but the registry. */
  readonly root: string;
}

/** Throws with what cosign says where it does not believe the image. */
export async function cosignVerify(call: ProgramCall, ref: string, { issuer, subject, root }: Expected): Promise<void> {
  const file = join(call.folder, 'trusted_root.json');
  writeFileSync(file, root);
  const identity = ['--certificate-identity', subject, '--certificate-oidc-issuer', issuer];
  await runProgram(call, ['verify', '--trusted-root', file, ...identity, ref]);
}

/** By a bare key, which nothing but the registry has to be asked for. */
export async function cosignVerifyByKey(call: ProgramCall, ref: string, pem: string): Promise<void> {
  const file = join(call.folder, 'cosign.pub');
  writeFileSync(file, pem);
  await runProgram(call, ['verify', '--key', file, '--insecure-ignore-tlog', '--private-infrastructure', ref]);
}

export async function runProgram({ program, folder }: ProgramCall, args: readonly string[]): Promise<void> {
  const path = process.env['PATH'] ?? '';
  const env = { HOME: folder, XDG_CONFIG_HOME: folder, TMPDIR: folder, PATH: path, COSIGN_PASSWORD: 'presync' };
  await run(program, args, { cwd: folder, env, maxBuffer: 1 << 26 });
}
