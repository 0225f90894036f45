import {
  constructFromEvents,
  type Event,
  EVENT_ID,
  getScalarValue,
  parseEvents,
  type ScalarEvent,
  YAMLException,
} from 'js-yaml';
import { pointer } from '../model/json.ts';

export type Path = readonly (string | number)[];

export interface YamlProblem {
  readonly line: number;
  readonly message: string;
}

/** A document with the line of each of its keys and items, from 1. */
export interface YamlDocument {
  readonly value: unknown;
  /** The line of the key or item at the path, else of the nearest one above it that is written. */
  readonly lineOf: (path: Path) => number;
}

/** A file that people write has some anchors; a bomb has thousands. The library has no limit of its own. */
const MAX_ALIASES = 50;
const MAX_BYTES = 256 * 1024;

/**
 * Reads one YAML 1.2 document in the core schema: no dates, no merge keys, no `yes` for true, so that a text means one thing (A11).
 * Duplicate keys are problems. https://github.com/nodeca/js-yaml
 */
export function readYaml(text: string): YamlDocument | readonly YamlProblem[] {
  if (text.length > MAX_BYTES) return [{ line: 1, message: `the file is longer than ${MAX_BYTES / 1024} KiB` }];
  try {
    const events = parseEvents(text, {});
    const { lines, problems } = indexOf(events, text);
    if (problems.length > 0) return problems;
    const documents = constructFromEvents(events, { source: text, maxAliases: MAX_ALIASES });
    if (documents.length > 1) return [{ line: 1, message: 'the file holds more than one YAML document' }];
    return { value: documents[0], lineOf: (path) => nearest(path, lines) };
  } catch (error) {
    if (error instanceof YAMLException)
      return [{ line: (error.mark?.line ?? 0) + 1, message: `no valid YAML: ${error.reason}` }];
    throw error;
  }
}

function nearest(path: Path, lines: ReadonlyMap<string, number>): number {
  const line = lines.get(pointer(...path));
  return line ?? (path.length === 0 ? 1 : nearest(path.slice(0, -1), lines));
}

interface Reading {
  readonly text: string;
  readonly events: Iterator<Event, undefined>;
  readonly lineAt: (offset: number) => number;
  readonly lines: Map<string, number>;
  readonly problems: YamlProblem[];
}

function indexOf(events: readonly Event[], text: string): Pick<Reading, 'lines' | 'problems'> {
  const content = events.filter(({ type }) => type !== EVENT_ID.DOCUMENT).values();
  const reading: Reading = { text, events: content, lineAt: lineCounter(text), lines: new Map(), problems: [] };
  readNode(reading.events.next().value, [], reading);
  return reading;
}

function readNode(event: Event | undefined, path: Path, reading: Reading): void {
  if (event === undefined) return;
  const offset = startOf(event);
  const place = pointer(...path);
  if (offset >= 0 && !reading.lines.has(place)) reading.lines.set(place, reading.lineAt(offset));
  if (event.type === EVENT_ID.MAPPING) readMapping(path, reading);
  if (event.type === EVENT_ID.SEQUENCE) readSequence(path, reading);
}

function readMapping(path: Path, reading: Reading): void {
  const seen = new Set<string>();
  for (let key = next(reading); key !== undefined; key = next(reading)) {
    if (key.type === EVENT_ID.SCALAR) noteKey(key, path, { seen, reading });
    const name = key.type === EVENT_ID.SCALAR ? getScalarValue(reading.text, key) : '';
    // A key that is itself a collection is refused when the value is built.
    if (key.type !== EVENT_ID.SCALAR) readNode(key, [...path, ''], reading);
    readNode(reading.events.next().value, [...path, name], reading);
  }
}

function noteKey(
  key: ScalarEvent,
  path: Path,
  { seen, reading }: { readonly seen: Set<string>; readonly reading: Reading },
): void {
  const name = getScalarValue(reading.text, key);
  const line = reading.lineAt(key.valueStart);
  if (seen.has(name))
    reading.problems.push({ line, message: `the key ${JSON.stringify(name.slice(0, 60))} stands there twice` });
  // JavaScript gives this name a meaning of its own, and libraries drop it without a word.
  if (name === '__proto__') reading.problems.push({ line, message: '"__proto__" cannot be a key' });
  seen.add(name);
  reading.lines.set(pointer(...path, name), line);
}

function readSequence(path: Path, reading: Reading): void {
  let index = 0;
  for (let item = next(reading); item !== undefined; item = next(reading)) {
    readNode(item, [...path, index], reading);
    index += 1;
  }
}

/** The next event of an open collection; none at its end. */
function next({ events }: Reading): Event | undefined {
  const event = events.next().value;
  return event?.type === EVENT_ID.POP ? undefined : event;
}

function startOf(event: Event): number {
  switch (event.type) {
    case EVENT_ID.SCALAR:
      return event.valueStart;
    case EVENT_ID.MAPPING:
    case EVENT_ID.SEQUENCE:
      return event.start;
    case EVENT_ID.ALIAS:
      return event.anchorStart;
    case EVENT_ID.DOCUMENT:
    case EVENT_ID.POP:
      return -1;
  }
}

function lineCounter(text: string): (offset: number) => number {
  const ends = [...text.matchAll(/\n/g)].map(({ index }) => index);
  return (offset) => {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ends[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  };
}
