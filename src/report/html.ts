import type { Verdict } from '../model/verdict.ts';
import { type Child, markupOf, tag } from './html/markup.ts';
import { appsPart, changesPart, checksPart, footerPart, imagesPart, uncheckedPart } from './html/parts.ts';
import { findingsPart, gainsPart } from './html/findings.ts';
import { STYLE, STYLE_HASH } from './html/style.ts';
import { bounded, name, sentence } from './html/words.ts';
import { alike } from './alike.ts';
import { briefWords } from './brief.ts';
import { withoutGains } from './gains.ts';
import { type Tally, tallyOf } from './tally.ts';
import { aside, counted, dangersIn, nextStep, objectWords, subjectWords, titleOf } from './wording.ts';

const MAX_NOTES = 100;

/** No script, no picture, no address: the page is its text and one style, known by its hash. */
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'`;

/** A page in one file, for a reader without GitHub: artifacts of a CI job, mail, a phone. What strangers wrote is text on it. */
export function html(verdict: Verdict): string {
  const tally = tallyOf(verdict);
  const title = titleOf(verdict, tally);
  const head = [
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="referrer" content="no-referrer">',
    markupOf(tag('title', {}, `presync: ${title}`)),
    `<style>${STYLE}</style>`,
  ];
  const body = markupOf(tag('main', {}, partsOf(verdict, tally, title)));
  return `<!doctype html>\n<html lang="en">\n<head>\n${head.join('\n')}\n</head>\n<body>\n${body}\n</body>\n</html>\n`;
}

/** In the order of the Markdown report. */
function partsOf(verdict: Verdict, tally: Tally, title: string): readonly Child[] {
  const besides = aside(tally);
  return [
    tag('h1', { class: verdict.conclusion }, title),
    tag('p', {}, nextStep(verdict, tally)),
    bounded(verdict.notes, { most: MAX_NOTES, noun: 'note' }, (note) => tag('p', {}, sentence(note))),
    dangersPart(verdict, tally),
    uncheckedPart(tally),
    appsPart(tally),
    findingsPart('Blocking', tally.blocking, true),
    gainsPart(tally),
    findingsPart('Advice', withoutGains(tally.advice), false),
    findingsPart('Accepted by a waiver', tally.accepted, false),
    ...(besides === '' ? [] : [tag('p', { class: 'soft' }, besides)]),
    imagesPart(verdict),
    checksPart(verdict),
    changesPart(verdict),
    footerPart(verdict),
  ];
}

const MAX_DANGERS = 10;
const MAX_REMOVED = 5;

function dangersPart(verdict: Verdict, tally: Tally): Child {
  const { heavy, removed } = dangersIn(verdict, tally);
  const named = removed
    .slice(0, MAX_REMOVED)
    .map((object, index) => [index === 0 ? '' : ', ', name(objectWords(object))]);
  const left = removed.length - named.length;
  const line = ['Removes ', counted(removed.length, 'object'), ': ', named, left > 0 ? `, and ${left} more.` : '.'];
  const items = [
    ...(removed.length === 0 ? [] : [line]),
    ...alike(heavy).map(({ finding: { object, ...said }, apps }): Child => {
      const message = briefWords(said);
      const subject = subjectWords({ object, message });
      const where = apps.length < 2 ? '' : ` (in ${counted(apps.length, 'app')})`;
      return [subject === '' ? '' : [name(subject), ': '], sentence(message), where];
    }),
  ];
  if (items.length === 0) return [];
  return tag(
    'ul',
    {},
    bounded(items, { most: MAX_DANGERS, noun: 'such change', around: 'li' }, (item) => tag('li', {}, item)),
  );
}
