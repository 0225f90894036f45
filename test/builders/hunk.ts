import type { Hunk } from '../../src/model/change.ts';

/** Line 10 of app.yaml, rewritten. */
export function aHunk(overrides: Partial<Hunk> = {}): Hunk {
  return { file: 'app.yaml', oldStart: 10, oldLines: 1, newStart: 10, newLines: 1, ...overrides };
}
