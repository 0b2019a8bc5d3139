import { basename } from 'node:path';
import { SPLIT_CODES, STATE_CODES, type Project } from '@main/project';
import type { FlowRow, LeftOut, QuestionRow, ReportedFigures, ReportedRun, ReportFacts } from '@main/insight/report';
import { readRunRecipe, readStatus } from '@main/training/runFiles';
import { answersOf, answerTo, takesPart } from '@shared/domain';
import type { Head, LabelScheme, LabelValue, Scope } from '@shared/domain';
import { likeness } from '@shared/charts';
import { UserError } from '@shared/errors';
import { sameValue, valueWords } from '@shared/scheme';
import { figuresFor } from '../figures';
import { rereadOutcome } from '../rereads';
import type { Session } from '../session';

type Census = ReturnType<Project['labelCensus']>;
const HEADS = ['probe', 'plain', 'chosen'] as const satisfies readonly Head[];

/** Everything that a report says of the open project as it stands. @param asked a run; otherwise the one that predicts, else the last */
export async function gatherFacts(
  session: Session,
  asked: string | null,
  app: ReportFacts['app'],
): Promise<ReportFacts> {
  const { project } = session;
  const predictor = session.predictions.chosen();
  const id = asked ?? predictor.run ?? session.runs.lastDone()?.id ?? null;
  const run = id === null ? null : reportedRun(session, id);
  const head: Head =
    id === null ? 'probe' : predictor.run === id ? predictor.head : (run!.summary.predictor ?? 'chosen');
  const base = project.base();
  const census = project.labelCensus();
  const { figures, noFigures } = await allFigures(session, id, census.blind > 0);
  const pairs = project.duplicates.page(0, -1).pairs;
  return {
    project: {
      name: project.name,
      dimensions: base.dimensions,
      samples: base.samples,
      groups: base.groups,
      flips: base.flips,
      input: base.input,
      sources: project.sources().map(({ kind, hash }) => ({ kind, sha256: hash })),
    },
    scheme: project.scheme,
    rule: project.rule,
    quarantined: counted(base.quarantined.map((q) => q.reason)).map(([reason, files]) => ({ reason, files })),
    duplicates: {
      ...base.duplicates,
      joined: pairs.filter((pair) => pair.joined).length,
      likeness: likeness(project.likeness),
    },
    flow: flowOf(project),
    questions: questionsOf(project),
    splits: base.splits,
    labels: labelFacts(project, census),
    run,
    runs: session.runs.summaries(),
    head: figures.some((f) => f.head === head) ? head : (figures[0]?.head ?? head),
    figures,
    noFigures,
    scorings: project.scorings.all().map(({ time, run: scored, reader, splitVersion }) => ({
      time,
      run: scored,
      reader,
      splitVersion,
    })),
    rereads: {
      readings: census.blind,
      rounds: project.rereads.list().map(({ number, reader, startedAt, samples, read, endedAt }) => ({
        number,
        reader,
        startedAt,
        samples,
        read,
        outcome: endedAt === null ? null : rereadOutcome(project, number),
      })),
    },
    app,
  };
}

/** Values with their counts, by value. */
function counted<T extends string>(values: Iterable<T>): [T, number][] {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Of several answers only that there are some: what they say is counted by question. */
const nameOf = (value: LabelValue, scheme: LabelScheme): string | null =>
  answersOf(value) ? 'answered' : valueWords(scheme, value);

/** Of several answers how each question was answered, by split. */
function questionsOf(project: Project): QuestionRow[] {
  const { index, labels, scheme } = project;
  if (scheme.kind !== 'answers') return [];
  return [...scheme.classes]
    .sort((a, b) => a.order - b.order)
    .flatMap(({ id, name }) =>
      (['train', 'val', 'test'] as const).map((split): QuestionRow => {
        const counts = { yes: 0, no: 0, na: 0 };
        for (let key = 0; key < index.size; key++)
          if (SPLIT_CODES[index.splits[key]!] === split && takesPart(STATE_CODES[index.states[key]!]!))
            counts[answerTo(answersOf(labels.label(key).value), id)]++;
        return { question: name, split, yes: counts.yes, no: counts.no, notAssessed: counts.na };
      }),
    );
}

/** Where every sample ends, equal ends counted together. */
function flowOf(project: Project): FlowRow[] {
  const { index, labels, scheme } = project;
  const ends = Array.from({ length: index.size }, (_, key) => {
    const split = SPLIT_CODES[index.splits[key]!]!;
    const state = STATE_CODES[index.states[key]!]!;
    const label = nameOf(labels.label(key).value, scheme);
    const leftOut: LeftOut | null =
      index.leaks[key] === 1
        ? 'leak'
        : split === null
          ? 'noSplit'
          : state === 'unsure' || state === 'excluded'
            ? state
            : state === 'unlabelled' || label === null
              ? 'unlabelled'
              : null;
    return JSON.stringify([split, leftOut, leftOut === 'excluded' ? (index.reasons.get(key) ?? '') : null, label]);
  });
  return counted(ends).map(([end, samples]) => {
    const [split, leftOut, reason, label] = JSON.parse(end) as [
      FlowRow['split'],
      LeftOut | null,
      string | null,
      string | null,
    ];
    return { split, leftOut, reason, label, samples };
  });
}

function labelFacts(project: Project, census: Census): ReportFacts['labels'] {
  const { index, labels, scheme } = project;
  const { position, hash } = labels.now();
  const readers = counted(
    Array.from({ length: index.size }, (_, key) => key)
      .filter((key) => index.states[key] !== STATE_CODES.indexOf('unlabelled'))
      // A reader may be called anything: the name is told from nobody's by JSON.
      .map((key) => JSON.stringify(index.readerNames[index.readers[key]!] ?? null)),
  );
  const said = (value: LabelValue): string => nameOf(value, scheme) ?? '–';
  const changed = new Map<string, { from: string; to: string; samples: number }>();
  for (const { from, to, samples } of census.sinceImport) {
    if (sameValue(from, to)) continue;
    const change = { from: said(from), to: said(to) };
    const name = JSON.stringify(change);
    changed.set(name, { ...change, samples: (changed.get(name)?.samples ?? 0) + samples });
  }
  return {
    states: STATE_CODES.map((state, code) => ({ state, samples: index.states.filter((s) => s === code).length })),
    readers: readers.map(([reader, samples]) => ({ reader: JSON.parse(reader) as string | null, samples })),
    origins: census.origins,
    onScreen: census.onScreen,
    corrected: [...changed.values()],
    brought: census.sinceImport.reduce((all, { samples }) => all + samples, 0),
    position,
    hash,
  };
}

function reportedRun(session: Session, id: string): ReportedRun {
  const info = session.runs.info(id);
  const content = readRunRecipe(info.folder);
  return {
    summary: session.runs.summary(info),
    recipe: info.recipe,
    lines: info.lines,
    versions: content.versions,
    device: readStatus(info.folder).device,
    encoder: content.encoder,
    // A block may come from anywhere on this machine: its hash says which it is.
    block: content.block && { ...content.block, file: basename(content.block.file) },
    journal: content.journal,
    splitVersion: content.splitVersion,
    schemeVersion: content.schemeVersion,
    samples: info.samples,
    changedSince: session.project.labels.changedSince(info.journal),
  };
}

/** Every head of the run (or the live probe) on every set of samples that it has predictions for. */
async function allFigures(
  session: Session,
  run: string | null,
  reread: boolean,
): Promise<{ figures: ReportedFigures[]; noFigures: string | null }> {
  const scores = run === null ? null : session.runs.info(run).scores;
  const heads = HEADS.filter((head) => (scores ? scores[head] : head === 'probe'));
  const tested = run !== null && session.project.scorings.count(run).times > 0;
  const scopes: Scope[] = tested ? ['oof', 'val', 'test'] : ['oof', 'val'];
  const figures: ReportedFigures[] = [];
  try {
    for (const head of heads)
      for (const scope of scopes) {
        for (const labels of scope === 'test' && reread ? (['original', 'now'] as const) : (['now'] as const)) {
          const found = await figuresFor(session, { run, head, scope, labels });
          if (found.samples > 0) figures.push({ head, scope, labels, figures: found });
        }
      }
  } catch (error) {
    if (!(error instanceof UserError) || error.code === 'cancelled') throw error;
    return { figures, noFigures: figures.length > 0 ? null : error.reason };
  }
  return {
    figures,
    noFigures: figures.length > 0 ? null : 'there are no predictions that may be compared with labels',
  };
}
