import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Octokit } from '@octokit/rest';
import {
  annotation,
  AT,
  createRun,
  HEAD_FILE,
  installed,
  lastPayload,
  output,
  refusal,
  REPO,
  restart,
  start,
  stop,
  withToken,
  world,
} from './github-stand-in.ts';

beforeEach(() => start());
afterEach(stop);

function action(more: object = {}): object {
  return { label: 'again', description: 'run again', identifier: 'again', ...more };
}

async function comment(more: object): Promise<readonly [number, ...string[]]> {
  const client = await installed();
  const body = {
    ...AT,
    pull_number: world.pull.number,
    commit_id: world.pull.headSha,
    path: 'app.yaml',
    body: 'hm',
    ...more,
  };
  return refusal(client.pulls.createReviewComment(body));
}

describe('check runs', () => {
  test('C1: a person may not write one', async () => {
    const client = withToken(world.hub.userToken('octo-dev'));
    expect(await refusal(createRun(client))).toEqual([403, 'C1']);
  });

  const refused: readonly (readonly [string, string, object])[] = [
    ['51 annotations', 'C2', output(Array.from({ length: 51 }, () => annotation()))],
    ['an output without a title', 'C3', { output: { summary: 'words' } }],
    ['a summary of 65,536 characters', 'C3', output([], { summary: 'x'.repeat(65_536) })],
    ['a text of 65,536 characters', 'C3', output([], { text: 'x'.repeat(65_536) })],
    ['an annotation on line 0', 'C4', output([annotation({ start_line: 0 })])],
    ['an annotation that ends before it starts', 'C4', output([annotation({ start_line: 2 })])],
    ['columns over two lines', 'C4', output([annotation({ end_line: 2, start_column: 1 })])],
    ['a title of 256 characters', 'C4', output([annotation({ title: 'x'.repeat(256) })])],
    ['a message over 64 KB', 'C4', output([annotation({ message: 'ü'.repeat(32_769) })])],
    ['details over 64 KB', 'C4', output([annotation({ raw_details: 'x'.repeat(65_537) })])],
    ['an unknown annotation level', 'C4', output([annotation({ annotation_level: 'error' })])],
    ['four actions', 'C5', { actions: Array.from({ length: 4 }, () => action()) }],
    ['a label of 21 characters', 'C5', { actions: [action({ label: 'x'.repeat(21) })] }],
    ['a description of 41 characters', 'C5', { actions: [action({ description: 'x'.repeat(41) })] }],
    ['an identifier of 21 characters', 'C5', { actions: [action({ identifier: 'x'.repeat(21) })] }],
    ['completed without a conclusion', 'C6', { status: 'completed' }],
    ['the conclusion stale', 'C6', { conclusion: 'stale' }],
    ['a sha that is nowhere', 'unknown-sha', { head_sha: 'f'.repeat(40) }],
    ['a short sha', 'unknown-sha', { head_sha: 'f'.repeat(7) }],
  ];

  test.each(refused)('%s is refused by %s', async (_, rule, body) => {
    expect(await refusal(createRun(await installed(), body))).toEqual([422, rule]);
    expect(world.hub.checkRuns(REPO, world.pull.headSha)).toEqual([]);
  });

  test('each of these is refused without the contract file as well', async () => {
    await restart({ testData: '/nowhere' });
    const client = await installed();
    for (const [, , body] of refused) expect((await refusal(createRun(client, body)))[0]).toBe(422);
    expect(world.hub.violations().map(({ rule }) => rule)).toEqual(refused.map(([, rule]) => rule));
  });

  test('all sizes just inside the edge are taken', async () => {
    const edge = annotation({ title: 'x'.repeat(255), message: 'x'.repeat(65_536), raw_details: 'x'.repeat(65_536) });
    const many = [edge, ...Array.from({ length: 49 }, () => annotation())];
    const button = { label: 'x'.repeat(20), description: 'x'.repeat(40), identifier: 'x'.repeat(20) };
    await createRun(await installed(), {
      ...output(many, { summary: 'x'.repeat(65_535) }),
      conclusion: 'failure',
      actions: [button, button, button],
    });
    const [run] = world.hub.checkRuns(REPO, world.pull.headSha);
    expect(run?.annotations).toHaveLength(50);
    expect(world.hub.violations()).toEqual([]);
  });

  test('C2: annotations append, come back as an array in pages, and a new run inherits none', async () => {
    const client = await installed();
    const fifty = Array.from({ length: 50 }, () => annotation({ title: 'T' }));
    const { data } = await createRun(client, output(fifty));
    const update = { ...AT, check_run_id: data.id, conclusion: 'failure', ...output(fifty) };
    await client.checks.update(update as Parameters<Octokit['checks']['update']>[0]);
    const listed = await client.paginate(client.checks.listAnnotations, { ...AT, check_run_id: data.id });
    expect([listed.length, listed[99]?.title]).toEqual([100, 'T']);
    const again = await createRun(client);
    const { data: none } = await client.checks.listAnnotations({ ...AT, check_run_id: again.data.id });
    expect(none).toEqual([]);
  });

  test('C6: a conclusion completes the run', async () => {
    const client = await installed();
    const { data } = await createRun(client, { status: 'in_progress' });
    const updated = await client.checks.update({ ...AT, check_run_id: data.id, conclusion: 'success' });
    expect([updated.data.status, updated.data.conclusion]).toEqual(['completed', 'success']);
  });

  test('runs are listed by ref, name and App, the newest of a name only', async () => {
    const client = await installed();
    await createRun(client);
    const newest = await createRun(client);
    await createRun(client, { name: 'other' });
    const list = async (more: object): Promise<readonly number[]> => {
      const { data } = await client.checks.listForRef({ ...AT, ref: world.pull.headSha, ...more });
      return data.check_runs.map(({ id }) => id);
    };
    expect(await list({ check_name: 'presync' })).toEqual([newest.data.id]);
    expect(await list({ check_name: 'presync', filter: 'all' })).toHaveLength(2);
    expect(await list({ app_id: world.hub.app.id })).toHaveLength(2);
    expect(await list({ app_id: 1 })).toEqual([]);
    expect(await list({ ref: 'feature' })).toHaveLength(2);
  });

  test('C10: a run on a fork has no pull requests; one in the repository has', async () => {
    const client = await installed();
    await world.hub.createRepository({ owner: 'mallory', name: 'clusters', forkOf: REPO });
    await world.hub.commitTree('mallory/clusters', 'evil', { 'app.yaml': 'x\n' }, 'evil');
    const fork = await world.hub.openPullRequest({ repo: REPO, head: 'mallory:evil', base: 'main', title: 'Evil' });
    const runs = [await createRun(client), await createRun(client, { head_sha: fork.headSha })];
    const numbers = runs.map(({ data }) =>
      (data as { pull_requests?: { number: number }[] }).pull_requests?.map((p) => p.number),
    );
    expect(numbers).toEqual([[world.pull.number], []]);
    expect(JSON.parse(world.inbox.received.at(-1)?.body ?? '').check_run.head_sha).toBe(world.pull.headSha);
  });

  test('C11, C5: re-run and buttons reach the App; the run is not reset', async () => {
    const { data } = await createRun(await installed(), { conclusion: 'failure' });
    await world.hub.rerequest(REPO, data.id);
    await world.hub.requestAction(REPO, data.id, 'again');
    const events = world.inbox.received.map(({ body }) => JSON.parse(body)).filter(({ check_run }) => check_run);
    expect(events.map(({ action: name }) => name)).toEqual(['created', 'completed', 'rerequested', 'requested_action']);
    expect(events[3].requested_action).toEqual({ identifier: 'again' });
    expect(events.map(({ sender }) => sender.type)).toEqual(['Bot', 'Bot', 'User', 'User']);
    await world.hub.rerequestSuite(REPO, data.id, 'mallory');
    expect(lastPayload()).toMatchObject({ action: 'rerequested', check_suite: { head_sha: world.pull.headSha } });
    expect(lastPayload()).toMatchObject({ sender: { login: 'mallory', id: await world.hub.userId('mallory') } });
    expect(world.hub.checkRuns(REPO, world.pull.headSha)[0]?.conclusion).toBe('failure');
  });

  test.each([
    ['github-owner', undefined, 'admin', 'admin'],
    ['octo-dev', 'maintain', 'write', 'maintain'],
    ['octo-dev', 'triage', 'read', 'triage'],
    ['octo-dev', undefined, 'none', 'none'],
  ] as const)('T13: %s as %s has the permission %s', async (login, role, permission, shown) => {
    if (role !== undefined) world.hub.setRole(REPO, login, role);
    const client = await installed();
    const at = { owner: 'acme', repo: 'clusters', username: login };
    const { data } = await client.repos.getCollaboratorPermissionLevel(at);
    expect(data).toMatchObject({ permission, role_name: shown, user: { id: await world.hub.userId(login) } });
  });

  test('C14: a 502 after the run was stored leaves one run', async () => {
    const client = await installed();
    world.hub.fail({ match: 'POST /repos/acme/clusters/check-runs', status: 502, afterCommit: true });
    expect(await refusal(createRun(client))).toEqual([502]);
    expect(world.hub.checkRuns(REPO, world.pull.headSha)).toHaveLength(1);
  });
});

describe('comments', () => {
  const accepted: readonly (readonly [string, object])[] = [
    ['a changed line', { line: 10, side: 'RIGHT' }],
    ['a line of context', { line: 7, side: 'RIGHT' }],
    ['a deleted line', { line: 10, side: 'LEFT' }],
    ['several lines of one hunk', { start_line: 8, line: 10, side: 'RIGHT', start_side: 'RIGHT' }],
    ['a file as a whole', { subject_type: 'file' }],
    ['a new file with an umlaut', { path: 'new dir/ü.yaml', line: 1, side: 'RIGHT' }],
  ];
  test.each(accepted)('R2: %s takes a comment', async (_, more) => {
    expect(await comment(more)).toEqual([200]);
  });

  const refused: readonly (readonly [string, string, object])[] = [
    ['a line outside every hunk', 'R2', { line: 20, side: 'RIGHT' }],
    ['a line that is not there', 'R2', { line: 999, side: 'RIGHT' }],
    ['a file that is not in the diff', 'R2', { path: 'old.yaml', line: 1 }],
    ['start_line equal to line', 'R2', { start_line: 10, line: 10, side: 'RIGHT', start_side: 'RIGHT' }],
    ['a start in another hunk', 'R2', { start_line: 10, line: 31, side: 'RIGHT', start_side: 'RIGHT' }],
    ['no line', 'R1', {}],
    ['a commit of somewhere else', 'R1', { line: 10, commit_id: 'f'.repeat(40) }],
    ['a body of 65,537 characters', 'R4', { line: 10, body: 'x'.repeat(65_537) }],
    ['an empty body', 'R4', { line: 10, body: ' ' }],
  ];
  test.each(refused)('%s is refused by %s', async (_, rule, more) => {
    expect(await comment(more)).toEqual([422, rule]);
    expect(await world.hub.reviewComments(REPO, world.pull.number)).toEqual([]);
  });

  test('R3: one comment that cannot be placed refuses the whole review', async () => {
    const client = await installed();
    const place = { path: 'app.yaml', side: 'RIGHT', body: 'hm' };
    const review = { ...AT, pull_number: world.pull.number, event: 'COMMENT' as const };
    const bad = client.pulls.createReview({
      ...review,
      comments: [
        { ...place, line: 10 },
        { ...place, line: 20 },
      ],
    });
    expect(await refusal(bad)).toEqual([422, 'R2']);
    expect(await world.hub.reviewComments(REPO, world.pull.number)).toEqual([]);
    await client.pulls.createReview({
      ...review,
      comments: [
        { ...place, line: 10 },
        { ...place, line: 31 },
      ],
    });
    const [first, second] = await world.hub.reviewComments(REPO, world.pull.number);
    const [stored] = await world.hub.reviews(REPO, world.pull.number);
    expect([first?.line, second?.line, stored?.state]).toEqual([10, 31, 'COMMENTED']);
    expect(first?.diff_hunk).toMatch(/^@@ .*\+changed$/s);
    expect(first?.user).toMatchObject({ login: 'presync[bot]', type: 'Bot' });
  });

  test('a comment is outdated once its line changed', async () => {
    await comment({ side: 'RIGHT', line: 10 });
    await comment({ side: 'RIGHT', line: 31 });
    await world.hub.commitTree(REPO, 'feature', { 'app.yaml': HEAD_FILE.replace('changed', 'changed again') }, 'more');
    await world.hub.synchronize(REPO, world.pull.number);
    const lines = (await world.hub.reviewComments(REPO, world.pull.number)).map(({ line }) => line);
    expect(lines).toEqual([null, 31]);
    expect(await (await fetch(world.hub.pageUrl(REPO, world.pull.number))).text()).toContain('outdated');
  });

  test('R10, R4: the sticky comment is written once, edited in place, and bounded', async () => {
    const client = await installed();
    const { data } = await client.issues.createComment({ ...AT, issue_number: world.pull.number, body: 'one' });
    await client.issues.updateComment({ ...AT, comment_id: data.id, body: 'x'.repeat(65_536) });
    const long = client.issues.updateComment({ ...AT, comment_id: data.id, body: 'x'.repeat(65_537) });
    expect(await refusal(long)).toEqual([422, 'R4']);
    await world.hub.comment(REPO, world.pull.number, 'mallory', 'me too');
    const comments = await world.hub.issueComments(REPO, world.pull.number);
    expect(comments.map(({ user, body }) => [user.login, body.length])).toEqual([
      ['presync[bot]', 65_536],
      ['mallory', 6],
    ]);
  });
});

describe('the page', () => {
  test('shows the check, the comments on their lines and the annotations, and lets no foreign markup through', async () => {
    const client = await installed();
    const summary =
      '<details open onclick="x()"><summary>More</summary>\n\n**bold** <script>alert(1)</script> ![i](http://evil/x.png) [l](javascript:x)\n\n</details></section>';
    await createRun(client, { conclusion: 'failure', ...output([annotation({ message: '<b>x</b>' })], { summary }) });
    const place = { path: 'app.yaml', line: 10, side: 'RIGHT' as const, commit_id: world.pull.headSha };
    await client.pulls.createReviewComment({ ...AT, pull_number: world.pull.number, ...place, body: 'Look `here`' });
    const answer = await fetch(world.hub.pageUrl(REPO, world.pull.number));
    const page = await answer.text();
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(page).toContain('<details open><summary>More</summary>');
    expect(page).toContain('<strong>bold</strong>');
    expect(page).toContain('Look <code>here</code>');
    expect(page).toContain('&lt;b&gt;x&lt;/b&gt;');
    expect(page).not.toMatch(/<script|<img|onclick="|javascript:/);
  });
});
