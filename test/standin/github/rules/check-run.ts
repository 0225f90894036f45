import { invalid } from '../refusal.ts';
import type { Json } from '../types.ts';
import { textOf } from '../text.ts';

const MAX_TEXT = 65_535;
const MAX_BYTES = 64 * 1024;
const LEVELS = ['notice', 'warning', 'failure'];
const STATUSES = ['queued', 'in_progress', 'completed'];
const CONCLUSIONS = ['action_required', 'cancelled', 'failure', 'neutral', 'success', 'skipped', 'timed_out'];

/** Rules C2 to C6 of github.md; four of them are not in GitHub's schema. Throws what GitHub would answer. */
export function assertCheckRun(body: Json, request: 'create' | 'update'): void {
  assertState(body);
  if (body['output'] !== undefined) assertOutput(asObject(body['output'], 'output'), request);
  const actions = asList(body['actions'], 'actions');
  if (actions.length > 3) throw wrong('C5', 'No more than 3 items are allowed in "actions"');
  for (const action of actions) assertAction(asObject(action, 'actions'));
}

function assertState(body: Json): void {
  const { status, conclusion } = body;
  if (status !== undefined && !STATUSES.includes(textOf(status)))
    throw wrong('C6', `status is not ${STATUSES.join(', ')}`);
  if (conclusion !== undefined && !CONCLUSIONS.includes(textOf(conclusion))) {
    throw wrong('C6', `${textOf(conclusion)} is not a conclusion that an App may set`);
  }
  if (status === 'completed' && conclusion === undefined) throw wrong('C6', 'a completed check run needs a conclusion');
}

function assertOutput(output: Json, request: 'create' | 'update'): void {
  if (typeof output['summary'] !== 'string') throw wrong('C3', '"summary" wasn\'t supplied');
  if (request === 'create' && typeof output['title'] !== 'string') throw wrong('C3', '"title" wasn\'t supplied');
  for (const field of ['summary', 'text']) {
    const text = output[field];
    if (typeof text === 'string' && text.length > MAX_TEXT) {
      throw wrong('C3', `Only ${MAX_TEXT} characters are allowed; ${text.length} were supplied for ${field}`);
    }
  }
  const annotations = asList(output['annotations'], 'annotations');
  if (annotations.length > 50)
    throw wrong('C2', `No more than 50 annotations per request; ${annotations.length} were supplied`);
  for (const annotation of annotations) assertAnnotation(asObject(annotation, 'annotations'));
}

function assertAnnotation(annotation: Json): void {
  const { path, message, annotation_level: level } = annotation;
  if (typeof path !== 'string' || path === '') throw wrong('C4', 'an annotation needs a path');
  if (typeof message !== 'string' || message === '') throw wrong('C4', 'an annotation needs a message');
  if (!LEVELS.includes(String(level))) throw wrong('C4', `annotation_level is not ${LEVELS.join(', ')}`);
  assertLines(annotation);
  assertSizes(annotation);
}

function assertLines(annotation: Json): void {
  const { start_line: start, end_line: end } = annotation;
  if (!isLine(start) || !isLine(end)) throw wrong('C4', 'lines of an annotation start at 1');
  if (end < start) throw wrong('C4', 'end_line lies before start_line');
  const columns = [annotation['start_column'], annotation['end_column']].filter((column) => column !== undefined);
  if (columns.length > 0 && start !== end) throw wrong('C4', 'columns need start_line and end_line to be equal');
  if (!columns.every(isLine)) throw wrong('C4', 'columns of an annotation start at 1');
}

function assertSizes(annotation: Json): void {
  const { title, message, raw_details: details } = annotation;
  if (typeof title === 'string' && title.length > 255) throw wrong('C4', 'title is longer than 255 characters');
  for (const text of [message, details]) {
    if (typeof text === 'string' && Buffer.byteLength(text) > MAX_BYTES)
      throw wrong('C4', 'a text is larger than 64 KB');
  }
}

function assertAction(action: Json): void {
  for (const [field, most] of [
    ['label', 20],
    ['description', 40],
    ['identifier', 20],
  ] as const) {
    const text = action[field];
    if (typeof text !== 'string' || text === '') throw wrong('C5', `an action needs a ${field}`);
    if (text.length > most) throw wrong('C5', `${field} of an action is longer than ${most} characters`);
  }
}

function isLine(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}

function asObject(value: unknown, name: string): Json {
  if (typeof value !== 'object' || value === null) throw wrong('contract', `${name} is not an object`);
  return value as Json;
}

function asList(value: unknown, name: string): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw wrong('contract', `${name} is not a list`);
  return value;
}

function wrong(rule: string, message: string): Error {
  return invalid(rule, `Invalid request.\n\n${message}.`);
}
