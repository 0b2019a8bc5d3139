/** The report's words in English. Sentences are written to be taken over into a paper. */
export const en = {
  title: (name: string) => `Methods report: ${name}`,
  date: (day: string) => `Written on ${day}.`,
  research: 'For research, not for diagnosis.',
  about:
    'Everything below is counted from the project itself. Intervals are 95 %. Paths, patients and names of samples stay out of this report.',
  sections: {
    data: 'Data',
    flow: 'Flow of samples',
    splits: 'Splits and leaks',
    labels: 'Labels',
    reread: 'Blind re-reading of the test split',
    model: 'Model and training',
    figures: 'Performance',
    scoring: 'How often the test split was scored',
    runs: 'All runs',
    versions: 'Versions',
    files: 'Files beside this text',
  },
  dimensions: { '2d': 'images', '3d': 'volumes' },
  found: (samples: number, what: string, groups: number) =>
    `${samples} ${what} in ${groups} groups were read. A group is a patient where known, else the sample itself, joined with its duplicates.`,
  patients: (known: boolean): string =>
    known
      ? 'Patients are known from the data.'
      : 'The data names no patients: samples of one patient may stand in several splits where they are no duplicates.',
  source: (kind: string, hash: string | null) => `Source: ${kind}${hash === null ? '' : `, SHA-256 \`${hash}\``}.`,
  kinds: { single: 'one of several classes', ordered: 'ordered classes', answers: 'several yes/no answers' },
  scheme: (kind: string, version: number) => `Kind of label: ${kind} (version ${version} of the scheme).`,
  classes: (names: readonly string[]) => `Classes: ${names.map((name) => `"${name}"`).join(', ')}.`,
  positive: (name: string) => `The positive class is "${name}": AUC, sensitivity and specificity refer to it.`,
  noPositive: 'No class is called positive: AUC is the unweighted mean over classes, each against the rest.',
  ordered: 'The classes are ordered; quadratic-weighted kappa and mean absolute error respect the order.',
  input: (size: number, letterbox: boolean, axes: string) =>
    `The network sees ${size} × ${size} pixels, resized bicubically with antialiasing${letterbox ? ', aspect ratio kept' : ''}, ImageNet's mean and deviation, grey repeated over three channels${axes === 'three-axes' ? '; of a volume every slice along all three axes' : ''}.`,
  flips: (allowed: boolean): string =>
    allowed
      ? 'Flips were allowed: left and right do not matter for the classes.'
      : 'No flips or rotations: left and right may matter for the classes.',
  duplicates: (d: { exact: number; near: number; withDifferentLabels: number; joined: number }) =>
    `Duplicates: pairs with equal pixels: ${d.exact}; nearly equal: ${d.near} (correlation above .99 of the grey 28 × 28 images, the data set's mean image taken off); of both kinds with different labels: ${d.withDifferentLabels}; joined into one group: ${d.joined}.`,
  notLookedFor: 'Near-duplicates were not looked for.',
  columns: {
    step: 'Step',
    reason: 'Reason',
    files: 'Files',
    samples: 'Samples',
    total: 'Total',
    class: 'Class',
    state: 'State',
    reader: 'Reader',
    origin: 'Origin',
    events: 'Events',
    standing: 'Labels that stand on it',
    from: 'Came with the data as',
    to: 'Is now',
    n: 'n',
    groups: 'Groups',
    value: 'Value',
    setting: 'Setting',
    round: 'Round',
    date: 'Begun',
    read: 'Read',
    same: 'Same label',
    changed: 'Another label',
    withdrawn: 'Now unsure or excluded',
    run: 'Run',
    time: 'Time (UTC)',
    splitVersion: 'Split version',
    preset: 'Preset',
    mode: 'Mode',
    core: 'Core',
    outcome: 'State',
    oof: 'AUC, out of fold',
    scored: 'Test scored',
  },
  steps: {
    found: 'Found',
    quarantined: 'Quarantined (could not be read)',
    read: 'Read',
    leak: 'Left out: shares a group with another split',
    noSplit: 'Left out: in no split',
    unsure: 'Left out: the reader is unsure',
    excluded: 'Left out: excluded',
    unlabelled: 'Left out: without a label',
    takesPart: 'Take part',
  },
  splits: { train: 'Train', val: 'Validation', test: 'Test', none: 'No split' },
  byClass: 'Of those that take part, by class:',
  excludedReasons: 'Excluded by a reader, by the reason given:',
  quarantinedReasons: 'Quarantined at import, by reason:',
  nothingExcluded: 'No sample was excluded by a reader.',
  straddle: (official: boolean): string =>
    official
      ? 'Groups were not kept together: what the data brought was not changed, and its leaks are counted.'
      : 'No group straddles two splits.',
  policies: {
    official: 'the split that came with the data, kept as it is',
    'leak-free':
      'the split that came with the data, less the samples of train and validation that share a group with test, and those of train that share one with validation',
    new: 'drawn by group, stratified, 70/10/20',
  },
  split: (version: number, policy: string, seed: number, day: string) =>
    `Version ${version} of the splits, of ${day}: ${policy} (seed ${seed}).`,
  leaks: (test: number, leftOut: number) =>
    `${test} test samples have a twin in train or validation. ${leftOut} samples were left out because they share a group with another split.`,
  reliable: (unreliable: boolean): string =>
    unreliable
      ? 'Some class has fewer than 20 groups in validation: its figures are unreliable, and headline figures are out of fold.'
      : 'Each class has at least 20 groups in validation.',
  states: {
    unlabelled: 'unlabelled',
    labelled: 'labelled',
    checked: 'checked (a person confirmed this single sample)',
    unsure: 'unsure',
    excluded: 'excluded',
  },
  broughtBy: 'came with the data, no reader named',
  origins: {
    imported: 'came with the data or a table',
    read: 'read by a person, one sample',
    suggestion: 'accepted suggestion of the model',
    bulk: 'set for many samples at once',
    undo: 'undo',
    redo: 'redo',
    script: 'command line',
  },
  journal: (position: number, hash: string) =>
    `Labels are those after event ${position} of the append-only journal (SHA-256 of the journal up to there: \`${hash}\`).`,
  onScreen: (o: { prediction: number; none: number; hidden: number }) =>
    `Of the samples that people read one by one, ${o.prediction} were read with the model's prediction on screen, ${o.hidden} with the model hidden, and ${o.none} without a prediction. Beside a train or validation label stands an out-of-fold prediction; where only a model that had learnt from the label could predict, the screen says so.`,
  corrected: (changed: number, brought: number) =>
    `${changed} of ${brought} labels that came with the data say something else now.`,
  model: (number: number, name: string) => `Run ${number}${name === '' ? '' : ` ("${name}")`}.`,
  probeOnly:
    'No run was trained: figures are those of the probe, an L2-regularised logistic regression on frozen DINOv2-small features (layers 4, 6, 8, 10 and 12; CLS beside the mean patch), its strength chosen by inner grouped folds.',
  heads: {
    probe: 'probe (logistic regression on frozen features)',
    plain: 'plain (the control without a block)',
    chosen: (mode: string, core: string) => (mode === 'plain' ? 'chosen (plain)' : `chosen (${mode}, ${core})`),
  },
  predicts: (head: string) => `Curves and matrices below are those of the head: ${head}.`,
  learnt: (samples: { train: number; val: number }, position: number, changed: number) =>
    `It learnt from ${samples.train} train and ${samples.val} validation samples with the labels after event ${position} of the journal; ${changed} labels changed since. Every figure below is computed against the labels named in its row.`,
  otherSplits: (own: number, now: number) =>
    `It was trained on version ${own} of the splits; the project has version ${now} now.`,
  folds: (folds: number) =>
    `Out-of-fold figures: ${folds} folds by group over train and validation, on features of an encoder that was never trained on these labels; one figure over the pooled predictions. Their intervals leave out the variance of training.`,
  checkpoint: 'Checkpoints were chosen on validation, never on test.',
  rule: {
    argmax: 'Decision rule: the most likely class.',
    threshold: (value: number, name: string) => `Decision rule: "${name}" from a probability of ${value}.`,
  },
  official:
    "AUC and accuracy follow MedMNIST's definitions (accuracy: threshold .5 or the most likely class). Intervals: DeLong's for a binary AUC and Wilson's for proportions where each group has one sample, else a bootstrap over groups (2,000 draws, BCa, seeded).",
  scopes: { oof: 'out of fold (train and validation)', val: 'validation', test: 'test' },
  labelsOf: { now: 'of now', original: 'original', reread: 're-read' },
  metrics: {
    auc: 'AUC',
    aucWithUnsure: 'AUC with unsure samples',
    acc: 'Accuracy',
    majority: 'Majority rate',
    balancedAccuracy: 'Balanced accuracy',
    sensitivityAtSpecificity90: 'Sensitivity at specificity .90',
    quadraticKappa: 'Quadratic-weighted kappa',
    meanAbsoluteError: 'Mean absolute error',
    calibrationError: 'Calibration error',
  },
  notDefined: 'not defined',
  noFigures: (reason: string) => `No figures: ${reason}.`,
  rereads: (readings: number) =>
    `Labels of the scored test split changed only in blind re-reads: no model, no label of anybody on screen, in an order of chance within a round (single ones by the command line). ${readings} such readings. Test figures stand on the labels of the first scoring (original) and on those of now (re-read).`,
  neverScored: 'The test split was never scored: no figure here stands on it.',
  scored: (times: number, runs: number) =>
    `The test split was scored ${times} ${times === 1 ? 'time' : 'times'}, by ${runs} ${runs === 1 ? 'run' : 'runs'}. One scoring reveals all heads of the run at once.`,
  nobody: 'not named',
  settings: {
    preset: 'preset',
    mode: 'residual mode',
    core: 'core',
    taps: 'tapped layers',
    lastLayer: 'last layer',
    epochs: 'epochs',
    epochsDone: 'epochs done',
    batch: 'batch',
    learningRate: 'learning rate',
    weightDecay: 'weight decay (AdamW, matrices)',
    warmUpSteps: 'warm-up steps',
    seed: 'seed',
    folds: 'folds',
    engine: 'engine',
    device: 'device',
    encoder: 'encoder',
    block: 'frozen block',
    layer: (layer: number) => `layer ${layer}`,
    noBlock: 'none',
    scheme: 'version of the classes',
  },
  versions: {
    residua: 'Residua that wrote this report',
    node: 'Node that wrote this report',
    runResidua: 'Residua that trained',
    runNode: 'Node that trained',
  },
  files: {
    flow: 'flow of samples',
    counts: 'samples by split and class',
    metrics: 'every figure with its interval',
    roc: 'ROC curve with its 95 % band over groups',
    reliability: 'reliability: observed share over predicted probability, Wilson intervals',
    confusion: 'confusion matrix: rows are labels, columns the model',
    loss: 'learning curves: loss',
    auc: 'learning curves: validation AUC',
  },
  charts: {
    fpr: '1 − specificity',
    tpr: 'sensitivity',
    rule: 'decision rule',
    predicted: 'predicted probability',
    observed: 'observed share',
    count: 'samples',
    epoch: 'epoch',
    train: 'train',
    validation: 'validation',
    label: 'label',
    model: 'model',
    control: 'plain (control)',
    chosen: 'chosen',
    samples: 'samples',
  },
};
export type Words = typeof en;
