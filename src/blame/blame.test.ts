import { describe, expect, test } from '@jest/globals';
import { aManifest } from '../../test/builders/manifest.ts';
import type { Finding } from '../model/finding.ts';
import { type AuthoredHunk, blame } from './index.ts';

const manifest = aManifest({
  kind: 'Deployment',
  spec: { template: { spec: { containers: [{ name: 'web', image: 'redis:latest' }] } } },
});

const finding: Finding = {
  rule: 'images/latest',
  alias: '',
  severity: 'high',
  blocking: true,
  status: 'new',
  app: manifest.app,
  object: manifest.id,
  pointer: '/spec/template/spec/containers/0/image',
  message: '',
  why: '',
  fix: '',
  location: null,
};

function hunk(file: string, newStart: number, lines: readonly string[]): AuthoredHunk {
  return { file, lines, oldStart: newStart, oldEnd: newStart, newStart, newEnd: newStart + lines.length };
}

/** Stands exactly when all of `causes` are there; counts the questions. */
function world(causes: readonly AuthoredHunk[]) {
  const asked: number[] = [];
  return {
    asked,
    stands: (hunks: readonly AuthoredHunk[]) => {
      asked.push(hunks.length);
      return Promise.resolve(causes.every((cause) => hunks.includes(cause)));
    },
  };
}

describe('blame', () => {
  test('a single hunk needs no question, and its line is the one that holds the value', async () => {
    const only = hunk('values.yaml', 4, ['replicas: 2\n', 'image: redis:latest\n']);
    const { stands, asked } = world([only]);
    expect(await blame({ finding, manifest, hunks: [only], stands })).toEqual({
      file: 'values.yaml',
      line: 6,
      endLine: 6,
    });
    expect(asked).toEqual([]);
  });

  test('no hunk is no location: the base or a remote moved', async () => {
    expect(await blame({ finding, manifest, hunks: [], stands: world([]).stands })).toBeNull();
  });

  test('of many hunks the one that alone brings the finding is the cause, wherever it is', async () => {
    const noise = Array.from({ length: 5 }, (_, index) => hunk(`other-${index}.yaml`, 0, ['x: 1\n']));
    const cause = hunk('overlays/tag.yaml', 9, ['newTag: latest\n']);
    expect(await blame({ finding, manifest, hunks: [...noise, cause], stands: world([cause]).stands })).toMatchObject({
      file: 'overlays/tag.yaml',
      line: 10,
    });
  });

  test('two hunks that only together bring it are found among twelve', async () => {
    const hunks = Array.from({ length: 12 }, (_, index) =>
      hunk(`f${String(index).padStart(2, '0')}.yaml`, 0, [`key${index}: redis:latest\n`]),
    );
    const causes = [hunks[3], hunks[9]].flatMap((one) => one ?? []);
    const found = await blame({ finding, manifest, hunks, stands: world(causes).stands });
    expect(causes.map(({ file }) => file)).toContain(found?.file);
  });

  test('questions are bounded', async () => {
    const hunks = Array.from({ length: 200 }, (_, index) => hunk(`f${index}.yaml`, 0, ['x: 1\n']));
    const { stands, asked } = world(hunks);
    await blame({ finding, manifest, hunks, stands });
    expect(asked.length).toBeLessThanOrEqual(24);
  });

  test('a removal points at the place where the lines were', async () => {
    const removal = hunk('values.yaml', 7, []);
    expect(await blame({ finding, manifest, hunks: [removal], stands: world([removal]).stands })).toEqual({
      file: 'values.yaml',
      line: 7,
      endLine: 7,
    });
  });
});
