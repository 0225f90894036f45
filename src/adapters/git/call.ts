import { RepositoryError } from '../../ports/repository.ts';
import { ToolError, type ToolResult, type ToolRunner } from '../../ports/tool-runner.ts';

/** Listings and differences of the largest public GitOps repositories are some megabytes. */
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;
const TIMEOUT_MS = 120_000;

/**
 * Nothing of the machine or of the user says how git behaves here: no system or global configuration, no home (.netrc, ignore
 * files), no replaced objects (refs/replace), no prompt, no transport, no lazy fetch of a partial clone (it would start the remote's
 * upload-pack command). https://git-scm.com/docs/git#_environment_variables
 */
export function gitEnvironment(home: string): Readonly<Record<string, string>> {
  return {
    PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: home,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_LFS_SKIP_SMUDGE: '1',
    // A name that no transport has: unlike protocol.allow, a repository's protocol.<name>.allow cannot override it.
    GIT_ALLOW_PROTOCOL: 'none',
  };
}

/** Settings of a repository that would start programs, or make git believe a file of the repository about its history (A15). */
const SETTINGS = [
  'core.bare=true',
  'core.hooksPath=/dev/null',
  'core.attributesFile=/dev/null',
  'core.excludesFile=/dev/null',
  'core.fsmonitor=false',
  'core.untrackedCache=false',
  'core.commitGraph=false',
  'core.pager=cat',
  'core.sshCommand=false',
  'core.askPass=',
  'credential.helper=',
  'protocol.allow=never',
  'gc.auto=0',
  'maintenance.auto=false',
  'submodule.recurse=false',
].flatMap((setting) => ['-c', setting]);

export interface GitCall {
  readonly gitDir: string;
  readonly args: readonly string[];
  /** Besides `SETTINGS`, and after them. */
  readonly settings?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly workTree?: string;
  readonly stdin?: Uint8Array;
  readonly timeoutMs?: number;
}

/** How git is called everywhere: from an empty folder, so that nothing in the working tree is found by chance. */
export interface Git {
  readonly runner: ToolRunner;
  readonly emptyFolder: string;
}

/** The part of a command that does not depend on how git is run. */
export function commandOf(
  { emptyFolder }: Git,
  asked: GitCall,
): { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> } {
  const settings = (asked.settings ?? []).flatMap((setting) => ['-c', setting]);
  // Without a work tree of ours, core.worktree of the repository would be entered.
  const where = [`--git-dir=${asked.gitDir}`, `--work-tree=${asked.workTree ?? emptyFolder}`];
  const args = [...SETTINGS, ...settings, ...where, ...asked.args];
  return { args, env: { ...gitEnvironment(emptyFolder), ...asked.env } };
}

const CODES = { TOO_MUCH_OUTPUT: 'TOO_LARGE', DEADLINE: 'UNREACHABLE', NOT_FOUND: 'GIT', CRASHED: 'GIT' } as const;

/** Runs git and hands back its status, whatever it is. Throws RepositoryError where it did not come to an end. */
export async function call(git: Git, asked: GitCall, signal?: AbortSignal): Promise<ToolResult> {
  try {
    const limits = { timeoutMs: asked.timeoutMs ?? TIMEOUT_MS, maxOutputBytes: MAX_OUTPUT_BYTES };
    const run = { ...commandOf(git, asked), ...limits, program: 'git', cwd: git.emptyFolder, stdin: asked.stdin };
    return await git.runner.run(run, signal);
  } catch (cause) {
    if (!(cause instanceof ToolError)) throw cause;
    const code = CODES[cause.code];
    throw new RepositoryError(code, cause.message, { cause });
  }
}

/** As `call`, where any status but 0 is an error. */
export async function ask(git: Git, asked: GitCall): Promise<Uint8Array> {
  const result = await call(git, asked);
  if (result.status !== 0) throw gitError(asked, result);
  return result.stdout;
}

export function gitError(
  { args }: Pick<GitCall, 'args'>,
  { status, stderr }: Pick<ToolResult, 'status' | 'stderr'>,
): RepositoryError {
  return new RepositoryError('GIT', `git ${args[0] ?? ''} failed (${status}): ${firstLine(stderr)}`);
}

/** What git says may quote names of the repository: one line, no control characters, no more than a sentence. */
export function firstLine(stderr: string): string {
  const line = stderr.split('\n').find((text) => text.trim() !== '') ?? 'without a word';
  return line.replace(/\p{C}/gu, '?').slice(0, 300);
}

/** Lines or NUL-separated fields of ASCII output. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}
