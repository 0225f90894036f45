import type { SettingsProblem } from './settings-problem.ts';

/** A `trusted_root.json` of the operator. */
export interface RootFile {
  readonly name: string;
  readonly json: string;
}

type Values = Readonly<Record<string, string | undefined>>;

/** The files that PRESYNC_TRUSTED_ROOTS names; whether they are roots is for whoever verifies to say. */
export function readRootFiles(
  values: Values,
  readFile: (path: string) => string,
): { readonly files: readonly RootFile[]; readonly problems: readonly SettingsProblem[] } {
  const names = (values['PRESYNC_TRUSTED_ROOTS'] ?? '').split(/[\s,]+/).filter((name) => name !== '');
  const read = names.map((name): RootFile | SettingsProblem => {
    try {
      return { name, json: readFile(name) };
    } catch (error) {
      const why = error instanceof Error ? error.message : name;
      return { name: 'PRESYNC_TRUSTED_ROOTS', message: `names a file that cannot be read: ${why}` };
    }
  });
  return {
    files: read.filter((one) => 'json' in one),
    problems: read.filter((one) => 'message' in one),
  };
}
