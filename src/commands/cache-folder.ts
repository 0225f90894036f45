import { join } from 'node:path';
import type { Io } from './command.ts';

/** Where the command line keeps things between runs: https://specifications.freedesktop.org/basedir-spec/latest/ */
export function cacheFolder({ environment }: Pick<Io, 'environment'>): string | undefined {
  const [chosen = '', home = ''] = [environment['XDG_CACHE_HOME'], environment['HOME']];
  if (chosen.startsWith('/')) return join(chosen, 'presync');
  return home.startsWith('/') ? join(home, '.cache', 'presync') : undefined;
}
