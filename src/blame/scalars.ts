import { type Event, EVENT_ID, getScalarValue, parseEvents, type ScalarEvent, YAMLException } from 'js-yaml';
import { pointer } from '../model/json.ts';

/** A text in a YAML file that stands on one line as it reads, so that another can be put in its place. */
export interface Scalar {
  /** JSON pointer inside its document. */
  readonly at: string;
  readonly value: string;
  /** From 1. */
  readonly line: number;
  /** Without its quotes. */
  readonly start: number;
  readonly end: number;
}

/** Files that people write are shorter; what is longer is data. */
const MAX_LENGTH = 1024 * 1024;

/** Every value of all documents, without keys; none of a file that is no YAML, such as a template. */
export function scalarsOf(text: string): readonly Scalar[] {
  if (text.length > MAX_LENGTH) return [];
  try {
    const events = parseEvents(text, {}).values();
    const reading: Reading = { text, events, found: [] };
    for (const event of events)
      if (event.type !== EVENT_ID.DOCUMENT && event.type !== EVENT_ID.POP) node(event, [], reading);
    return withLines(reading.found, text);
  } catch (error) {
    if (error instanceof YAMLException) return [];
    throw error;
  }
}

type Found = Omit<Scalar, 'line'>;
type Path = readonly (string | number)[];

interface Reading {
  readonly text: string;
  readonly events: Iterator<Event, undefined>;
  readonly found: Found[];
}

function node(event: Event | undefined, path: Path, reading: Reading): void {
  if (event?.type === EVENT_ID.SCALAR) note(event, path, reading);
  if (event?.type === EVENT_ID.MAPPING) mapping(path, reading);
  if (event?.type === EVENT_ID.SEQUENCE) sequence(path, reading);
}

function mapping(path: Path, reading: Reading): void {
  for (let key = next(reading); key !== undefined; key = next(reading)) {
    const name = key.type === EVENT_ID.SCALAR ? getScalarValue(reading.text, key) : '';
    if (key.type !== EVENT_ID.SCALAR) node(key, [...path, ''], reading);
    node(reading.events.next().value, [...path, name], reading);
  }
}

function sequence(path: Path, reading: Reading): void {
  let index = 0;
  for (let item = next(reading); item !== undefined; item = next(reading)) {
    node(item, [...path, index], reading);
    index += 1;
  }
}

/** Of an open collection; none at its end. */
function next({ events }: Reading): Event | undefined {
  const event = events.next().value;
  return event?.type === EVENT_ID.POP ? undefined : event;
}

/** With an escape, or over several lines, a text is not written as it reads. */
function note(event: ScalarEvent, path: Path, { text, found }: Reading): void {
  const value = getScalarValue(text, event);
  const { valueStart: start, valueEnd: end } = event;
  if (value !== '' && start >= 0 && text.slice(start, end) === value && !value.includes('\n'))
    found.push({ at: pointer(...path), value, start, end });
}

function withLines(found: readonly Found[], text: string): readonly Scalar[] {
  const ends = [...text.matchAll(/\n/g)].map(({ index }) => index);
  let line = 0;
  return found
    .toSorted((a, b) => a.start - b.start)
    .map((one) => {
      while (line < ends.length && (ends[line] ?? 0) < one.start) line += 1;
      return { ...one, line: line + 1 };
    });
}

/** The text with another one in the place of this. */
export function replaced(text: string, { start, end }: Scalar, value: string): string {
  return `${text.slice(0, start)}${value}${text.slice(end)}`;
}
