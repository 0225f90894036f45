import { existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import type { Io } from './command.ts';

type Caller = Pick<Io, 'cwd' | 'environment'>;

/** The service starts once for weeks of work; the others start many times a day. */
const SHORT_LIVED: ReadonlySet<string> = new Set(['check', 'render', 'verify']);

/** Node keeps modules as it has compiled them, for the next start; it names what it keeps by its own version, the file and its content. */
export function keepCode(command: string, args: readonly string[], caller: Caller): void {
  if (!SHORT_LIVED.has(command) || args.includes('--no-cache')) return;
  const folder = codeFolder(caller);
  if (folder !== undefined) enableCompileCache(folder);
}

/**
 * Compiled code is run as it lies there: whoever writes it runs as this user at the next start, with everything that this user may do.
 * So it is kept only where nobody else can write, and nothing that a repository or another job has brought can lie. Undefined: nowhere.
 * `uid`: who runs presync; undefined where the system does not say, which is a no.
 */
export function codeFolder(caller: Caller, uid: number | undefined = process.getuid?.()): string | undefined {
  const cache = cacheFolder(caller);
  if (cache === undefined || uid === undefined || isJob(caller)) return undefined;
  try {
    const made = join(cache, 'code');
    mkdirSync(made, { recursive: true, mode: 0o700 });
    const folder = realpathSync(made);
    return isSafe(folder, caller, uid) ? folder : undefined;
  } catch {
    return undefined;
  }
}

/** Jobs of a CI hand their cache folders on, from pull requests too, and most start without one. */
function isJob({ environment }: Caller): boolean {
  return !['', '0', 'false'].includes(environment['CI'] ?? '');
}

function isSafe(folder: string, { cwd }: Caller, uid: number): boolean {
  const isBrought = `${folder}${sep}`.startsWith(join(realpathSync(cwd), sep));
  return !isBrought && isOurs(folder, uid) && above(folder).every((one) => isGuarded(one, uid));
}

function isOurs(folder: string, uid: number): boolean {
  const { uid: owner, mode } = statSync(folder);
  return owner === uid && (mode & 0o077) === 0;
}

const ROOT_USER = 0;
const WRITABLE_BY_OTHERS = 0o022;
/** Whose entries only their owners can replace, as in /tmp. */
const STICKY = 0o1000;

/** Nobody else can put another folder in the place of what lies in it, and no repository holds it. */
function isGuarded(folder: string, uid: number): boolean {
  const { uid: owner, mode } = statSync(folder);
  const isTrusted = owner === uid || owner === ROOT_USER;
  const isFixed = (mode & WRITABLE_BY_OTHERS) === 0 || (mode & STICKY) !== 0;
  return isTrusted && isFixed && !existsSync(join(folder, '.git'));
}

/** Every folder above it, the nearest first. */
function above(folder: string): readonly string[] {
  const parent = dirname(folder);
  return parent === folder ? [] : [parent, ...above(parent)];
}
