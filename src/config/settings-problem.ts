import { PresyncError } from '../model/error.ts';

export interface SettingsProblem {
  readonly name: string;
  readonly message: string;
}

/** Every problem at once, by the name of its setting; values are never shown, they may be secrets. */
export class SettingsError extends PresyncError<'INVALID'> {
  readonly problems: readonly SettingsProblem[];

  constructor(problems: readonly SettingsProblem[]) {
    super('INVALID', problems.map(({ name, message }) => `${name} ${message}`).join('; '));
    this.problems = problems;
  }
}
