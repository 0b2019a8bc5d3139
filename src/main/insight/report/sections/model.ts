import { isUsed, RECIPE_KEYS, recipeOf } from '@shared/domain';
import type { Recipe, RecipeKey } from '@shared/domain';
import type { ReportFacts } from '../facts';
import type { Words } from '../en';
import { plain, table } from './markdown';

export function headName(facts: ReportFacts, head: ReportFacts['head'], words: Words): string {
  if (head !== 'chosen') return words.heads[head];
  const { mode, core } = facts.run!.recipe;
  return words.heads.chosen(mode, core);
}

export function model(facts: ReportFacts, words: Words) {
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

export function versions({ app, run }: ReportFacts, words: Words): string {
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
