import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { parseInstallationId, parseRepositoryId } from '../model/ids.ts';
import { aKey, anAnnounceJob, aPublishJob, aValidateJob, BASE, HEAD } from '../../test/builders/job.ts';
import { type Job, QueueError } from '../ports/queue.ts';
import { isInScope, jobId, parseJob, tenantOf } from './job.ts';

const group = { kind: 'group', head: HEAD, base: BASE, baseBranch: 'release/1.x' } as const;
const everywhere: Job = { name: 'reconcile', version: 1, scope: null };
const place = { installation: parseInstallationId(1), repository: parseRepositoryId(10) };

const pull = (number: number) => ({ kind: 'pull', number }) as const;

/** What a value is refused with, undefined where it is a job. */
function refusal(value: unknown): unknown {
  try {
    parseJob(value);
    return undefined;
  } catch (error) {
    return error;
  }
}

const asked = { ...place, base: null, rerun: null, by: null };
const by = { id: 7, login: 'octo-dev' };

describe('a job', () => {
  test.each<[string, Job, number]>([
    ['announce/1/10/pull/1/changed', anAnnounceJob(), 1],
    ['announce/1/10/pull/1/rerun', anAnnounceJob({ why: 'rerun' }), 1],
    ['validate/2/10/pull/7', aValidateJob({ installation: 2, pull: 7 }), 2],
    [`validate/1/10/group/${HEAD}`, { ...aValidateJob(), subject: group }, 1],
    [`publish/1/10/${HEAD}`, aPublishJob(), 1],
    [`publish/1/10/${HEAD}`, aPublishJob({ subject: 'pull/2' }), 1],
    ['reconcile', everywhere, 0],
    ['reconcile/1/10/all/main/', { name: 'reconcile', version: 1, scope: { ...asked, base: 'main' } }, 1],
    [`reconcile/1/10/${HEAD}//`, { name: 'reconcile', version: 1, scope: { ...asked, rerun: HEAD } }, 1],
    [`reconcile/1/10/${HEAD}//7`, { name: 'reconcile', version: 1, scope: { ...asked, rerun: HEAD, by } }, 1],
  ])('has the id %s, survives the way through JSON, and knows whose turn it takes', (id, job, tenant) => {
    expect(parseJob(JSON.parse(JSON.stringify(job)))).toEqual(job);
    expect([jobId(job), tenantOf(job)]).toEqual([id, tenant]);
  });

  const { subject, ...withoutSubject } = aValidateJob();
  test.each<[string, unknown]>([
    ['a field too many', { ...aValidateJob(), argv: ['sh'] }],
    ['a field too many inside', { ...aValidateJob(), subject: { ...subject, head: HEAD } }],
    ['a field too few', withoutSubject],
    ['another version', { ...aValidateJob(), version: 2 }],
    ['another name', { ...aValidateJob(), name: 'run' }],
    ['an installation that is text', { ...aValidateJob(), installation: '1' }],
    ['an installation that is negative', { ...aValidateJob(), installation: -1 }],
    ['an installation that is no exact number', { ...aValidateJob(), installation: 2 ** 53 }],
    ['a pull request that is a fraction', { ...aValidateJob(), subject: { kind: 'pull', number: 1.5 } }],
    ['a head that is a branch', { ...aValidateJob(), subject: { ...group, head: 'main' } }],
    ['a head with more behind it', { ...aValidateJob(), subject: { ...group, head: `${HEAD}\n` } }],
    ['a branch that is an option', { ...aValidateJob(), subject: { ...group, baseBranch: '--upload-pack=x' } }],
    ['a branch with a line break', { ...aValidateJob(), subject: { ...group, baseBranch: 'a\nb' } }],
    ['a verdict of no known form', { ...aPublishJob(), verdict: '../secrets' }],
    ['a verdict with more behind it', { ...aPublishJob(), verdict: `${aPublishJob().verdict}\n` }],
    ['a reason that is none', { ...anAnnounceJob(), why: 'because' }],
    ['somebody without an id', { ...everywhere, scope: { ...asked, by: { login: 'octo-dev' } } }],
    ['somebody whose name is a path', { ...everywhere, scope: { ...asked, by: { ...by, login: '../x' } } }],
    ['a bot', { ...everywhere, scope: { ...asked, by: { ...by, login: 'presync[bot]' } } }],
    ['nothing', null],
    ['a list', [aValidateJob()]],
  ])('made by hand with %s is refused (A28)', (_name, value) => {
    expect(() => parseJob(value)).toThrow(QueueError);
  });

  test('of any shape is refused in the same words', () => {
    const refused = new QueueError('MALFORMED', 'this is not a job that presync made; it is refused');
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(refusal(value)).toEqual(refused);
      }),
    );
  });
});

describe('a cancellation', () => {
  test.each([
    ['the installation', aValidateJob(), { installation: place.installation }, true],
    ['another installation', aValidateJob(), { installation: parseInstallationId(2) }, false],
    ['the repository', anAnnounceJob(), place, true],
    ['another repository', aValidateJob(), { ...place, repository: parseRepositoryId(11) }, false],
    ['the subject', aValidateJob(), { ...place, subject: pull(1) }, true],
    ['another subject', aValidateJob(), { ...place, subject: pull(2) }, false],
    ['the installation, for a publication', aPublishJob(), { installation: place.installation }, false],
    ['the installation, for a reconcile pass', everywhere, { installation: place.installation }, false],
  ])('of %s covers a job or not', (_name, job, scope, isCovered) => {
    expect(isInScope(job, scope)).toBe(isCovered);
  });
});

test('a verdict id leads back to its key', () => {
  expect(parseJob(aPublishJob(aKey({ attempt: 3 })))).toEqual(aPublishJob({ attempt: 3 }));
});
