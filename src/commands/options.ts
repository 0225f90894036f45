import { parseArgs, type ParseArgsConfig } from 'node:util';
import { UsageError } from './command.ts';
import type { RepositoryChoice } from './workbench.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

export interface Parsed {
  readonly values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
  readonly positionals: readonly string[];
}

/** `node:util` parseArgs, strict; what it refuses becomes a UsageError with the command's usage. */
export function parseOptions(
  args: readonly string[],
  options: Options,
  usage: string,
  allowPositionals = false,
): Parsed {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals });
  } catch (error) {
    const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split('. ');
    throw new UsageError(`${sentence}\n${usage}`, { cause: error });
  }
}

export function text({ values }: Parsed, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

export function texts({ values }: Parsed, name: string): readonly string[] {
  const value = values[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** What `check` and `render` share: which repository, and which names it has. */
export const REPOSITORY_OPTIONS = {
  repo: { type: 'string' },
  'base-branch': { type: 'string' },
  'repo-url': { type: 'string', multiple: true },
  config: { type: 'string' },
  format: { type: 'string' },
  output: { type: 'string' },
  offline: { type: 'boolean' },
  'no-cache': { type: 'boolean' },
} as const;

export function repositoryChoice(options: Parsed): RepositoryChoice {
  const urls = texts(options, 'repo-url');
  const folder = text(options, 'repo') ?? '.';
  return {
    folder,
    urls,
    baseBranch: text(options, 'base-branch'),
    usesCache: usesCache(options),
    isOffline: options.values['offline'] === true,
  };
}

export function usesCache({ values }: Parsed): boolean {
  return values['no-cache'] !== true;
}
