import type { Finding, PathStep } from '../../model/finding.ts';
import { stepObject } from '../arrow.ts';
import { type Alike, alike, appsWords, byApps, eachWords } from '../alike.ts';
import { ownWords } from '../brief.ts';
import { visible } from '../foreign.ts';
import { type Quote, rightsText, scopeText, subjectText, throughText, unplacedLines } from '../gains.ts';
import type { GainFinding, Tally } from '../tally.ts';
import { placeWords, ruleWords, subjectWords } from '../wording.ts';
import { type Child, type Markup, tag } from './markup.ts';
import { pathPicture } from './picture.ts';
import { bounded, folded, name, sentence, table } from './words.ts';

const MAX_FINDINGS = 500;
const MAX_STEPS = 50;

export function findingsPart(title: string, findings: readonly Finding[], isOpen: boolean): Child {
  if (findings.length === 0) return [];
  return [
    tag('h2', {}, `${title}: ${findings.length}`),
    byApps(findings).map((group) =>
      folded(
        [sentence(appsWords(group.apps, ticked)), `: ${eachWords(group)}`],
        isOpen,
        bounded(group.findings, { most: MAX_FINDINGS, noun: 'finding' }, findingPart),
      ),
    ),
  ];
}

/** What, where, the way, why, fix. */
function findingPart(finding: Finding): Markup {
  const { object, why, fix, pointer, waivedBy, path = [] } = finding;
  const message = ownWords(finding);
  const subject = subjectWords({ object, message });
  const place = placeWords(finding);
  const where: readonly Child[] = [
    ...(pointer === '' ? [] : [['at ', name(pointer)]]),
    ...(place === '' ? [] : [['written in ', name(place)]]),
  ];
  return tag(
    'article',
    {},
    tag('p', {}, tag('strong', {}, subject === '' ? '' : [name(subject), ': '], sentence(message))),
    ...(where.length === 0
      ? []
      : [
          tag(
            'p',
            {},
            where.flatMap((part, index) => (index === 0 ? [part] : [', ', part])),
          ),
        ]),
    ...(path.length === 0 ? [] : [pathPicture(path, message), stepList(path)]),
    ...labelled('Why: ', why),
    ...labelled('Fix: ', fix),
    ...labelled('Accepted by ', waivedBy ?? ''),
    tag('p', { class: 'soft' }, name(ruleWords(finding))),
  );
}

function labelled(label: string, text: string): readonly Markup[] {
  return text === '' ? [] : [tag('p', {}, tag('strong', {}, label), sentence(text))];
}

/** The same in words: for readers that see no picture, and to copy from. */
function stepList(path: readonly PathStep[]): Markup {
  const items = bounded(path, { most: MAX_STEPS, noun: 'step', around: 'li' }, stepItem);
  return folded(
    `The way in words: ${path.length} ${path.length === 1 ? 'step' : 'steps'}`,
    false,
    tag('ol', {}, items),
  );
}

function stepItem(step: PathStep): Markup {
  const [object, place] = [stepObject(step), placeWords(step)];
  return tag(
    'li',
    {},
    sentence(step.text),
    ...(object === '' ? [] : [', by ', name(object)]),
    ...(place === '' ? [] : [', written in ', name(place)]),
  );
}

/** Who gains what as a table, and, folded, who loses what. */
export function gainsPart({ gained, lost, unplaced }: Tally): Child {
  return [
    ...(gained.length === 0
      ? []
      : [tag('h2', {}, `Who gains what: ${alike(gained).length}`), gainTable(gained, 'Gains')]),
    ...(lost.length === 0 ? [] : [folded(`Who loses what: ${alike(lost).length}`, false, gainTable(lost, 'Loses'))]),
    unplacedLines(unplaced, ticked).map((line) => tag('p', { class: 'soft' }, sentence(line))),
  ];
}

function gainTable(found: readonly GainFinding[], what: string): Markup {
  return table(['Who', what, 'Where', 'Through', 'App'], alike(found).map(gainRow), MAX_FINDINGS);
}

function gainRow({ finding, apps }: Alike<GainFinding>): readonly Child[] {
  const { gain } = finding;
  const place = placeWords(finding);
  const through = [throughText(gain, ticked), ...(place === '' ? [] : [`written in ${ticked(place)}`])].join(', ');
  const cells = [subjectText(gain, ticked), rightsText(gain, ticked), scopeText(gain, ticked), through];
  return [...cells, appsWords(apps, ticked)].map(sentence);
}

/** As code for `sentence`: a mark inside of a name would end it. */
const ticked: Quote = (text) => `\`${visible(text).replaceAll('`', "'") || '(empty)'}\``;
