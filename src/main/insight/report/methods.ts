import { isUsed, RECIPE_KEYS, recipeOf } from '@shared/domain';
import type { Estimate, LabelKind, Recipe, RecipeKey } from '@shared/domain';
import type { ReportedFigures, ReportFacts } from './facts';
import { countOf, labelsIn, LEFT_OUT, METRICS, metricOf, SPLITS } from './tables';
import type { Words } from './en';

type Cell = string | number;
/** What people typed is text, never markup. */
const plain = (text: string): string => text.replace(/\s+/g, ' ').replace(/[\\|<>*]|\](?=\()/g, (c) => `\\${c}`);
const cell = (value: Cell): string => (typeof value === 'number' ? String(value) : plain(value));
const row = (cells: readonly Cell[]): string => `| ${cells.map(cell).join(' | ')} |`;
/** A table of Markdown, numbers to the right. */
function table(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const right = headings.map((_, c) => rows.length > 0 && rows.every((r) => typeof r[c] === 'number' || r[c] === ''));
  return [row(headings), row(right.map((r) => (r ? '--:' : '---'))), ...rows.map(row)].join('\n');
}
const sum = (rows: readonly { readonly samples: number }[]): number => rows.reduce((all, r) => all + r.samples, 0);
const figure = (value: number): string => value.toFixed(3);

/** `0.893 [0.861, 0.921]`. */
function estimate(e: Estimate, words: Words): string {
  if (e.value === null) return words.notDefined;
  return e.low === null || e.high === null
    ? figure(e.value)
    : `${figure(e.value)} [${figure(e.low)}, ${figure(e.high)}]`;
}

/** The report as Markdown. The line with the date is the only one that differs between two reports of an equal project. */
export function methodsText(
  facts: ReportFacts,
  words: Words,
  date: string,
  files: readonly { path: string; what: string }[],
): string {
  const sections: [string, (string | null)[]][] = [
    [words.sections.data, data(facts, words)],
    [words.sections.flow, flow(facts, words)],
    [words.sections.splits, splits(facts, words)],
    [words.sections.labels, labels(facts, words)],
    [words.sections.reread, rereads(facts, words)],
    [words.sections.model, model(facts, words)],
    [words.sections.figures, performance(facts, words)],
    [words.sections.scoring, scoring(facts, words)],
    [words.sections.runs, facts.runs.length > 0 ? [runs(facts, words)] : []],
    [words.sections.versions, [versions(facts, words)]],
    [words.sections.files, [files.map(({ path, what }) => `- \`${path}\`: ${what}`).join('\n')]],
  ];
  return [
    `# ${words.title(plain(facts.project.name))}`,
    words.date(date),
    `**${words.research}** ${words.about}`,
    ...sections.flatMap(([title, parts]) => {
      const said = parts.filter((part) => part !== null);
      return said.length > 0 ? [`## ${title}`, ...said] : [];
    }),
    '',
  ].join('\n\n');
}

function data({ project, scheme, duplicates, splits: { patientsKnown, nearLookedFor } }: ReportFacts, words: Words) {
  const positive = scheme.classes.find((c) => c.id === scheme.positive);
  const classes = [...scheme.classes].sort((a, b) => a.order - b.order);
  return [
    [
      words.found(project.samples, words.dimensions[project.dimensions], project.groups),
      words.patients(patientsKnown),
      ...project.sources.map(({ kind, sha256 }) => words.source(kind, sha256)),
    ].join(' '),
    [
      words.scheme(kindName(scheme.kind, words), scheme.version),
      positive ? words.positive(plain(positive.name)) : words.noPositive,
      ...(scheme.kind === 'ordered' ? [words.ordered] : []),
    ].join(' '),
    words.classes(classes.map((c) => plain(c.name))),
    [words.duplicates(duplicates), ...(nearLookedFor ? [] : [words.notLookedFor])].join(' '),
    `${words.input(project.input.imageSize, project.input.letterbox, project.input.axes)} ${words.flips(project.flips)}`,
  ];
}

const kindName = (kind: LabelKind, words: Words): string => words.kinds[kind];

/** Counts at each step, as CONSORT asks for them: found, put aside, left out with why, taking part; by split and class. */
function flow({ flow: rows, project, quarantined, scheme, questions }: ReportFacts, words: Words) {
  const lost = quarantined.reduce((all, q) => all + q.files, 0);
  const inSplits = (fits: (r: (typeof rows)[number]) => boolean): number[] => [
    ...SPLITS.map((split) => countOf(rows, (r) => r.split === split && fits(r))),
    countOf(rows, fits),
  ];
  const headings = [...SPLITS.map((split) => words.splits[split ?? 'none']), words.columns.total];
  const excluded = rows.filter((r) => r.leftOut === 'excluded');
  const reasons = [...new Set(excluded.map((r) => r.reason ?? ''))].sort();
  const taking = rows.filter((r) => r.leftOut === null);
  return [
    table(
      [words.columns.step, ...headings],
      [
        [words.steps.found, '', '', '', '', project.samples + lost],
        [words.steps.quarantined, '', '', '', '', lost],
        [words.steps.read, ...inSplits(() => true)],
        ...LEFT_OUT.map((reason) => [words.steps[reason], ...inSplits((r) => r.leftOut === reason)]),
        [words.steps.takesPart, ...inSplits((r) => r.leftOut === null)],
      ],
    ),
    quarantined.length > 0 ? words.quarantinedReasons : null,
    quarantined.length > 0
      ? table(
          [words.columns.reason, words.columns.files],
          quarantined.map(({ reason, files }) => [reason, files]),
        )
      : null,
    excluded.length > 0 ? words.excludedReasons : words.nothingExcluded,
    excluded.length > 0
      ? table(
          [words.columns.reason, ...headings],
          reasons.map((reason) => [
            reason,
            ...inSplits((r) => r.leftOut === 'excluded' && (r.reason ?? '') === reason),
          ]),
        )
      : null,
    scheme.kind === 'answers' ? words.byQuestion : taking.length > 0 ? words.byClass : null,
    scheme.kind === 'answers'
      ? table(
          [words.columns.question, words.columns.split, words.columns.yes, words.columns.no, words.columns.notAssessed],
          questions.map((q) => [q.question, words.splits[q.split], q.yes, q.no, q.notAssessed]),
        )
      : taking.length > 0
        ? table(
            [words.columns.class, ...headings],
            labelsIn(taking, scheme).map((label) => [
              label,
              ...inSplits((r) => r.leftOut === null && r.label === label),
            ]),
          )
        : null,
  ];
}

function splits({ splits: s, figures }: ReportFacts, words: Words) {
  const unreliable = figures.some((f) => f.figures.warnings.some((w) => w.key === 'validation-unreliable'));
  const judged = figures.some((f) => f.scope === 'val');
  return [
    [
      words.split(s.version, words.policies[s.policy], s.policy === 'new' ? s.seed : null, s.createdAt.slice(0, 10)),
      words.straddle(s.policy === 'official'),
      words.leaks(s.testLeaks, s.leftOutAsLeak),
      ...(judged ? [words.reliable(unreliable)] : []),
    ].join(' '),
  ];
}

function labels({ labels: l, scheme }: ReportFacts, words: Words) {
  const { columns } = words;
  const read = l.onScreen.prediction + l.onScreen.hidden + l.onScreen.none;
  return [
    words.journal(l.position, l.hash),
    table(
      [columns.state, columns.samples],
      l.states.map(({ state, samples }) => [words.states[state], samples]),
    ),
    table(
      [columns.reader, columns.samples],
      l.readers.map(({ reader, samples }) => [reader ?? words.broughtBy, samples]),
    ),
    table(
      [columns.origin, columns.events, columns.standing],
      l.origins.map(({ origin, events, standing }) => [words.origins[origin], events, standing]),
    ),
    l.brought > 0 ? words.corrected(sum(l.corrected), l.brought) : null,
    l.corrected.length > 0 && scheme.kind !== 'answers'
      ? table(
          [columns.from, columns.to, columns.samples],
          l.corrected.map((c) => [c.from, c.to, c.samples]),
        )
      : null,
    read > 0 ? words.onScreen(l.onScreen) : null,
  ];
}

function rereads({ scheme, rereads: { readings, rounds } }: ReportFacts, words: Words) {
  if (readings === 0 && rounds.length === 0) return [];
  const { columns } = words;
  return [
    words.rereads(readings),
    rounds.length > 0
      ? table(
          [
            columns.round,
            columns.reader,
            columns.date,
            columns.samples,
            columns.read,
            columns.same,
            columns.changed,
            columns.withdrawn,
          ],
          rounds.map(({ number, reader, startedAt, samples, read, outcome }) => [
            number,
            reader,
            startedAt.slice(0, 10),
            samples,
            read,
            ...(outcome ? [outcome.same, outcome.changed, outcome.withdrawn] : ['–', '–', '–']),
          ]),
        )
      : null,
    agreementTable(scheme, rounds, words),
  ];
}

/** How far the readings of each round agree with the labels before; null where no round has ended. */
function agreementTable(
  scheme: ReportFacts['scheme'],
  rounds: ReportFacts['rereads']['rounds'],
  words: Words,
): string | null {
  const { columns, metrics } = words;
  const ordered = scheme.kind === 'ordered';
  const rows = rounds.flatMap(({ number, outcome }) =>
    (outcome?.agreement ?? []).map((a) => [
      number,
      ...(a.question === null ? [] : [scheme.classes.find((c) => c.id === a.question)?.name ?? a.question]),
      a.samples,
      estimate(a.kappa, words),
      ...(ordered && a.quadraticKappa && a.meanAbsoluteError
        ? [estimate(a.quadraticKappa, words), estimate(a.meanAbsoluteError, words)]
        : []),
    ]),
  );
  if (rows.length === 0) return null;
  return table(
    [
      columns.round,
      ...(scheme.kind === 'answers' ? [columns.question] : []),
      columns.samples,
      columns.kappa,
      ...(ordered ? [metrics.quadraticKappa, metrics.meanAbsoluteError] : []),
    ],
    rows,
  );
}

function headName(facts: ReportFacts, head: ReportFacts['head'], words: Words): string {
  if (head !== 'chosen') return words.heads[head];
  const { mode, core } = facts.run!.recipe;
  return words.heads.chosen(mode, core);
}

function model(facts: ReportFacts, words: Words) {
  const { run } = facts;
  if (!run) return [words.probeOnly];
  const { recipe, summary, block, encoder } = run;
  const s = words.settings;
  const name = summary.name === `Run ${summary.number}` ? '' : summary.name;
  const weights = (file: string, sha256: string): string => `${file}, SHA-256 \`${sha256}\``;
  return [
    [
      words.model(summary.number, plain(name)),
      words.learnt(run.samples, run.journal.position, run.changedSince),
      ...(run.splitVersion === facts.splits.version ? [] : [words.otherSplits(run.splitVersion, facts.splits.version)]),
      words.predicts(headName(facts, facts.head, words)),
      words.checkpoint,
    ].join(' '),
    table(
      [words.columns.setting, words.columns.value],
      [
        [s.preset, recipe.preset],
        [s.mode, recipe.mode],
        [s.core, recipe.mode === 'plain' ? s.noBlock : recipe.core],
        [s.taps, recipe.taps === 'last' ? s.lastLayer : recipe.taps.join(', ')],
        [s.epochs, String(recipe.epochs)],
        [s.epochsDone, String(summary.epochsDone)],
        [s.batch, String(recipe.batch)],
        [s.learningRate, String(recipe.learningRate)],
        [s.weightDecay, String(recipe.weightDecay)],
        [s.warmUpSteps, String(recipe.warmUpSteps)],
        [s.seed, String(recipe.seed)],
        [s.folds, String(recipe.folds)],
        ...furtherOptions(recipe),
        [s.engine, summary.engine],
        ...(run.device === '' ? [] : [[s.device, run.device]]),
        [s.encoder, weights(encoder.file, encoder.sha256)],
        [
          s.block,
          block
            ? [
                weights(block.file, block.sha256),
                ...(block.layer === null ? [] : [s.layer([block.layer].flat().join(', '))]),
              ].join(', ')
            : s.noBlock,
        ],
        [s.scheme, String(run.schemeVersion)],
      ],
    ),
  ];
}

/** Options that are not as they are unless somebody asks for them, under their names in `recipe.json`. */
const furtherOptions = (recipe: Recipe): [string, string][] =>
  RECIPE_KEYS.filter((key) => !LISTED.has(key) && isUsed(key, recipe.preset))
    .filter((key) => JSON.stringify(recipe[key]) !== JSON.stringify(PLAIN[key]))
    .map((key) => [`\`${key}\``, String(recipe[key])]);
const PLAIN = recipeOf({});
const LISTED = new Set<RecipeKey>([
  'preset',
  'mode',
  'core',
  'taps',
  'epochs',
  'batch',
  'learningRate',
  'weightDecay',
  'warmUpSteps',
  'seed',
  'folds',
  'engine',
  'device',
  'block',
]);

/** Of several answers with thresholds of their own each is named. */
function ruleWords({ rule, scheme }: ReportFacts, words: Words): string {
  if (rule.kind === 'argmax') return words.rule.argmax;
  if (scheme.kind !== 'answers')
    return words.rule.threshold(rule.value, plain(scheme.classes.find((c) => c.id === scheme.positive)?.name ?? ''));
  const own = scheme.classes.flatMap(({ id, name }) => {
    const value = rule.questions?.[id];
    return value === undefined ? [] : [`${plain(name)} ${value.toFixed(2)}`];
  });
  return words.rule.answers(rule.value, own.join(', '));
}

function performance(facts: ReportFacts, words: Words) {
  if (facts.noFigures !== null) return [words.noFigures(plain(facts.noFigures))];
  const { figures } = facts;
  return [
    [words.official, words.folds(facts.run?.recipe.folds ?? 5), ruleWords(facts, words)].join(' '),
    ...(['oof', 'val', 'test'] as const).flatMap((scope) => {
      const of = figures.filter((f) => f.scope === scope);
      if (of.length === 0) return [];
      const ofHead = of.filter((f) => f.head === facts.head && f.figures.answers.length > 0);
      return [
        `### ${words.scopes[scope]}`,
        figuresTable(facts, of, words),
        ...warnings(of, words),
        ...ofHead.map((f) => questionTable(facts, f, words)),
      ];
    }),
  ];
}

/** Why these figures should not be leaned on; what is said of all out-of-fold figures stands above. */
function warnings(of: readonly ReportedFigures[], words: Words): string[] {
  const keys = new Set(of.flatMap((f) => f.figures.warnings.map((w) => w.key)));
  return [...keys].flatMap((key) => words.warnings[key] ?? []);
}

/** A row a figure; a column a head, and for test one for each version of the labels. */
function figuresTable(facts: ReportFacts, of: readonly ReportedFigures[], words: Words): string {
  const { columns } = words;
  const several = new Set(of.map((f) => f.labels)).size > 1;
  const column = (f: ReportedFigures): string => {
    const name = headName(facts, f.head, words);
    return several ? `${name}; ${words.labelsOf[f.labels === 'now' ? 'reread' : f.labels]}` : name;
  };
  const shown = METRICS.filter((metric) => of.some((f) => metricOf(f, metric) !== null));
  return table(
    ['', ...of.map(column)],
    [
      [columns.n, ...of.map((f) => String(f.figures.samples))],
      [columns.groups, ...of.map((f) => String(f.figures.groups))],
      ...shown.map((metric) => [
        words.metrics[metric],
        ...of.map((f) => {
          const found = metricOf(f, metric);
          return found ? estimate(found, words) : '';
        }),
      ]),
    ],
  );
}

/** Question by question, of the head whose curves are drawn. */
function questionTable({ scheme }: ReportFacts, { figures }: ReportedFigures, words: Words): string {
  const { columns, metrics } = words;
  return table(
    [
      columns.question,
      columns.yes,
      columns.no,
      columns.notAssessed,
      metrics.auc,
      metrics.acc,
      metrics.balancedAccuracy,
      metrics.sensitivity,
      metrics.specificity,
    ],
    figures.answers.map((a) => [
      scheme.classes.find((c) => c.id === a.class)?.name ?? String(a.class),
      a.yes,
      a.no,
      a.notAssessed,
      ...[a.auc, a.acc, a.balancedAccuracy, a.sensitivity, a.specificity].map((e) => estimate(e, words)),
    ]),
  );
}

function scoring({ scorings, runs: all }: ReportFacts, words: Words) {
  if (scorings.length === 0) return [words.neverScored];
  const { columns } = words;
  const number = (id: string): string => {
    const found = all.find((r) => r.id === id);
    return found ? String(found.number) : id;
  };
  return [
    words.scored(scorings.length, new Set(scorings.map((s) => s.run)).size),
    table(
      [columns.time, columns.run, columns.reader, columns.splitVersion],
      scorings.map((s) => [
        s.time.slice(0, 16).replace('T', ' '),
        number(s.run),
        s.reader ?? words.nobody,
        s.splitVersion,
      ]),
    ),
  ];
}

function runs({ runs: all }: ReportFacts, words: Words): string {
  const { columns } = words;
  return table(
    [columns.run, columns.preset, columns.mode, columns.core, columns.outcome, columns.oof, columns.scored],
    all.map((r) => {
      const auc = r.scores[r.predictor ?? 'chosen']?.oof?.auc;
      const core = r.mode === 'plain' ? words.settings.noBlock : r.core;
      return [r.number, r.preset, r.mode, core, r.state, auc == null ? '' : figure(auc), r.timesScored];
    }),
  );
}

function versions({ app, run }: ReportFacts, words: Words): string {
  const { versions: v } = words;
  const own = run?.versions ?? {};
  return table(
    [words.columns.setting, words.columns.value],
    [
      [v.residua, app.residua],
      [v.node, app.node],
      ...(own['residua'] ? [[v.runResidua, own['residua']]] : []),
      ...(own['node'] ? [[v.runNode, own['node']]] : []),
    ],
  );
}
