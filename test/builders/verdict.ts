import type { Hunk } from '../../src/model/change.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import { BASE, HEAD } from './job.ts';

/** A verdict that passed, with nothing in it. */
export function aVerdict(overrides: Partial<Verdict> = {}): Verdict {
  return {
    schema: 'presync.verdict/v1',
    conclusion: 'passed',
    base: BASE,
    head: HEAD,
    tree: 'c'.repeat(40),
    versions: {},
    apps: [],
    changes: [],
    checks: [{ id: 'render', outcome: 'passed', reason: '' }],
    findings: [],
    images: [],
    lock: [],
    notes: [],
    timings: {},
    ...overrides,
  };
}

export function aHunk(overrides: Partial<Hunk> = {}): Hunk {
  return { file: 'app.yaml', oldStart: 10, oldLines: 1, newStart: 10, newLines: 1, ...overrides };
}
