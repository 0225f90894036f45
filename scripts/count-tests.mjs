// `node scripts/count-tests.mjs FOLDER FAILED_STEPS`: adds up the tests of Jest and Go, prints what failed in Go, and the closing line of CI.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, failedSteps] = process.argv.slice(2);

function read(name) {
  try {
    return readFileSync(join(folder, name), 'utf8');
  } catch {
    return '';
  }
}

function jestCounts() {
  const {
    numPassedTests = 0,
    numFailedTests = 0,
    numPendingTests = 0,
    numRuntimeErrorTestSuites = 0,
  } = JSON.parse(read('jest.json') || '{}');
  return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites, skipped: numPendingTests };
}

function goCounts() {
  const events = read('go.json')
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
  const count = (action) => events.filter((event) => event.Test && event.Action === action).length;
  const broken = new Set(
    events.filter(({ Action }) => Action === 'fail').map(({ Package, Test = '' }) => `${Package} ${Test}`),
  );
  for (const { Package, Test = '', Output, Action } of events) {
    if (Action === 'output' && broken.has(`${Package} ${Test}`)) process.stdout.write(Output);
    if (Action === 'build-output') process.stdout.write(Output);
  }
  return { passed: count('pass'), failed: count('fail'), skipped: count('skip') };
}

const [jest, go] = [jestCounts(), goCounts()];
const passed = jest.passed + go.passed;
// A step that failed without a failing test (lint, types, a crash) counts too.
const failed = Math.max(jest.failed + go.failed, Number(failedSteps));
process.stdout.write(`\n${jest.skipped + go.skipped} skipped\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
