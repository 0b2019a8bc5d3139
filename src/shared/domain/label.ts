import { z } from 'zod';
import { volumeBox } from './volumeInput';

/** docs/science.md, section 1: what a sample's label is worth. `checked`: a person confirmed it on this single sample. */
export const labelState = z.enum(['unlabelled', 'labelled', 'checked', 'unsure', 'excluded']);
export type LabelState = z.infer<typeof labelState>;

/** Where an event came from. `read`: by a person, on a single sample. `suggestion`: an accepted prediction. */
export const labelOrigin = z.enum(['imported', 'read', 'suggestion', 'bulk', 'undo', 'redo', 'script']);
export type LabelOrigin = z.infer<typeof labelOrigin>;

/** A class of the label scheme. `id` is stable over renames; `order` is the place on screen and, for ordered classes, the rank. */
export const labelClass = z.object({
  id: z.number().int().nonnegative(),
  name: z.string().min(1),
  /** For cells and keys; at most some 12 characters. */
  short: z.string().min(1),
  colour: z.string().regex(/^#[0-9a-fA-F]{6}$/),
  /** Physical key (`KeyboardEvent.code`), e.g. `Digit1`; shown as its character. */
  key: z.string().nullable(),
  order: z.number().int().nonnegative(),
});
export type LabelClass = z.infer<typeof labelClass>;

/** `single`: one of k classes. `ordered`: the same, and the classes' order is a rank. `answers`: each class is one yes/no question. */
export const labelKind = z.enum(['single', 'ordered', 'answers']);
export type LabelKind = z.infer<typeof labelKind>;

/** What one question was answered with. `na`: not assessed, left out of losses and figures, never taken for no. */
export const answer = z.enum(['yes', 'no', 'na']);
export type Answer = z.infer<typeof answer>;
/** Answers by class id (as text); a question without an entry is not assessed. */
export const labelAnswers = z.record(z.string().regex(/^\d+$/), answer);
export type LabelAnswers = Readonly<z.infer<typeof labelAnswers>>;

/** What a class is split into. */
export const classPart = z.object({ name: z.string().trim().min(1), short: z.string().trim().min(1).optional() });
export type ClassPart = z.infer<typeof classPart>;

/** One version of a label scheme; every change of it is an event with a new version. */
export const labelScheme = z.object({
  id: z.string(),
  version: z.number().int().positive(),
  kind: labelKind,
  classes: z.array(labelClass),
  /** The class to which AUC, sensitivity and PPV refer; null where there are more than two classes, and of answers. */
  positive: z.number().int().nullable(),
  /** Classes of earlier versions, so that history keeps their names. Labels on them read by `merged` and `split`. */
  retired: z.array(labelClass).default([]),
  /** Class id (as text) → the class that it was merged into: labels on it read as that one. */
  merged: z.record(z.string(), z.number().int().nonnegative()).default({}),
  /** Class id (as text) → the classes that it was split into: labels on it have to be read anew. */
  split: z.record(z.string(), z.array(z.number().int().nonnegative())).default({}),
});
export type LabelScheme = z.infer<typeof labelScheme>;

/** A label's value: one of k classes, or answers to the scheme's questions; null where none is given. */
export const labelValue = z
  .union([z.object({ class: z.number().int().nonnegative() }), z.object({ answers: labelAnswers })])
  .nullable();
export type LabelValue = z.infer<typeof labelValue>;

/** The class of a value; null without one, and where the value is answers. */
export const classOf = (value: LabelValue): number | null => (value && 'class' in value ? value.class : null);
/** The answers of a value; null without any, and where the value is a class. */
export const answersOf = (value: LabelValue): LabelAnswers | null =>
  value && 'answers' in value ? value.answers : null;
/** One question's answer; `na` where there is none. */
export const answerTo = (answers: LabelAnswers | null | undefined, id: number): Answer => answers?.[id] ?? 'na';

/** What the reader had on screen when the label was set. */
export const readingContext = z.object({
  /** The predictor whose probabilities were shown, null when none was or the model was hidden. */
  predictor: z.string().nullable(),
  probabilities: z.array(z.number()).nullable(),
  modelHidden: z.boolean(),
  /** Labels of other readers on screen. */
  otherReaders: z.boolean(),
  /** `browse`, `suspects`, `confusion`, `sample`, `activity`, `command-line` … and what it was sorted by. */
  queue: z.string().nullable(),
  openedInFull: z.boolean(),
  /** Read blind (no model, no label of anybody on screen): the number of the round, 0 where a command line said so. */
  blindReread: z.number().int().nonnegative().optional(),
});
export type ReadingContext = z.infer<typeof readingContext>;

export const labelEvent = z.object({
  /** Globally unique (UUID v7). */
  id: z.string(),
  /** Which workstation, and its logical (Lamport) clock: journals of two workstations merge in one order. */
  device: z.string(),
  clock: z.number().int(),
  /** ISO 8601, UTC. */
  time: z.string(),
  sample: z.string(),
  contentHash: z.string(),
  scheme: z.string(),
  schemeVersion: z.number().int(),
  /** What it is about: `label` (all of it), `answers:3,7` (only these questions), `note`. The box is the whole sample for now. */
  target: z.string(),
  box: z.string().nullable(),
  reader: z.string(),
  oldValue: labelValue,
  newValue: labelValue,
  oldState: labelState,
  newState: labelState,
  reason: z.string().nullable(),
  note: z.string().nullable(),
  origin: labelOrigin,
  context: readingContext.nullable(),
  batch: z.string().nullable(),
  /** The event that this one takes back (undo) or repeats (redo). */
  refers: z.string().nullable(),
});
export type LabelEvent = z.infer<typeof labelEvent>;

/** A change that a person or a script asks for. A class makes the state `checked` (or `labelled` in bulk) unless a state is given. */
export const labelChange = z
  .object({
    class: z.number().int().nonnegative().optional(),
    /** Only the questions named change; the others keep their answers. */
    answers: labelAnswers.optional(),
    state: labelState.optional(),
    reason: z.string().trim().min(1).optional(),
    note: z.string().optional(),
  })
  .refine(
    (c) => c.class !== undefined || c.answers !== undefined || c.state !== undefined || c.note !== undefined,
    'nothing to change',
  )
  .refine((c) => c.class === undefined || c.answers === undefined, 'a class or answers, not both')
  .refine((c) => c.state !== 'excluded' || c.reason !== undefined, 'excluded needs a reason');
export type LabelChange = z.infer<typeof labelChange>;

/** A saved change: only a durable transaction is answered with this. */
export const labelSaved = z.object({
  saved: z.literal(true),
  /** Ids of the events, one a sample. */
  events: z.array(z.string()),
  batch: z.string().nullable(),
  journal: z.number().int(),
});
export type LabelSaved = z.infer<typeof labelSaved>;

/** What undo or redo did, so that the screen can go there and say it. */
export const labelUndone = labelSaved.extend({
  keys: z.array(z.number().int()),
  /** Of the first sample. */
  sample: z.string(),
  oldValue: labelValue,
  newValue: labelValue,
  oldState: labelState,
  newState: labelState,
  /** Where the step changed the classes instead of labels (`keys` is empty then): the classes as they are now. */
  scheme: labelScheme.optional(),
  /** Where it changed whose samples are (`keys` is empty then): how many, and the version of the splits that followed. */
  patients: z.object({ samples: z.number().int(), splitVersion: z.number().int() }).optional(),
  /** Where it changed boxes (`keys` are their samples then): where they are now; null: not there. */
  boxes: z.array(z.object({ key: z.number().int(), sample: z.string(), box: volumeBox.nullable() })).optional(),
});
export type LabelUndone = z.infer<typeof labelUndone>;

/** One thing that a new version of a scheme changed, with the names of then. */
export const schemeChange = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('added'), name: z.string() }),
  z.object({ kind: z.literal('renamed'), name: z.string(), to: z.string() }),
  z.object({ kind: z.literal('merged'), name: z.string(), into: z.string() }),
  z.object({ kind: z.literal('split'), name: z.string(), parts: z.array(z.string()) }),
  /** By taking a merge or a split back, or an addition. */
  z.object({ kind: z.literal('restored'), name: z.string() }),
  z.object({ kind: z.literal('removed'), name: z.string() }),
  /** Short name, colour, key or place. */
  z.object({ kind: z.literal('looks'), name: z.string() }),
  z.object({ kind: z.literal('positive'), name: z.string() }),
]);
export type SchemeChange = z.infer<typeof schemeChange>;

/** A change of the classes among the changes of labels. */
export const schemeEvent = z.object({
  id: z.string(),
  version: z.number().int(),
  time: z.string(),
  reader: z.string(),
  origin: z.enum(['imported', 'read', 'undo', 'redo']),
  /** Position of the label event that it followed. */
  after: z.number().int(),
  changes: z.array(schemeChange),
});
export type SchemeEvent = z.infer<typeof schemeEvent>;

/** Other patients of known samples, among the changes of labels. Whose they are is said nowhere here. */
export const patientEvent = z.object({
  id: z.string(),
  time: z.string(),
  reader: z.string(),
  origin: z.enum(['imported', 'undo', 'redo']),
  /** The version of the splits that followed from it. */
  splitVersion: z.number().int(),
  samples: z.number().int(),
  /** Position of the label event that it followed. */
  after: z.number().int(),
});
export type PatientEvent = z.infer<typeof patientEvent>;

/** A page of the activity list, newest first. */
/** Boxes that were drawn, moved, resized or removed together. */
export const boxEvent = z.object({
  id: z.string(),
  time: z.string(),
  reader: z.string(),
  origin: z.enum(['read', 'script', 'undo', 'redo']),
  /** Position of the label event that it followed. */
  after: z.number().int(),
  /** By sample's id; null: not there. */
  boxes: z.array(z.object({ sample: z.string(), before: volumeBox.nullable(), after: volumeBox.nullable() })),
});
export type BoxEvent = z.infer<typeof boxEvent>;

/** What a step did to its boxes. */
export function boxVerb({ boxes: [first] }: Pick<BoxEvent, 'boxes'>): 'drawn' | 'moved' | 'removed' {
  if (first!.after === null) return 'removed';
  return first!.before === null ? 'drawn' : 'moved';
}

export const activityPage = z.object({
  events: z.array(labelEvent.extend({ position: z.number().int(), key: z.number().int() })),
  /** Changes of the classes within the page, newest first. */
  schemes: z.array(schemeEvent),
  /** Changes of patients within the page, newest first. */
  patients: z.array(patientEvent),
  /** Changes of boxes within the page, newest first. */
  boxes: z.array(boxEvent),
  /** Test samples whose events are kept back while their reader is in a round of blind re-reading. */
  withheld: z.number().int(),
  more: z.boolean(),
  canUndo: z.boolean(),
  canRedo: z.boolean(),
});
export type ActivityPage = z.infer<typeof activityPage>;

/** Okabe–Ito, told apart also by key and shape. */
export const CLASS_COLOURS = [
  '#E69F00',
  '#56B4E9',
  '#009E73',
  '#F0E442',
  '#CC79A7',
  '#D55E00',
  '#0072B2',
  '#999999',
] as const;

/** States that take part in training and metrics. */
export const takesPart = (state: LabelState): boolean => state === 'labelled' || state === 'checked';
