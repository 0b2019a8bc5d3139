import { eventIterator, oc } from '@orpc/contract';
import type { ContractRouterClient } from '@orpc/contract';
import { z } from 'zod';
import {
  activityPage,
  appEvent,
  appInfo,
  blockOffer,
  clearedPart,
  copyParts,
  copyResult,
  copySizes,
  diskPlace,
  classPart,
  decisionRule,
  facets,
  figures,
  fileVolumes,
  folderListing,
  folderMeaning,
  growthResult,
  growthReview,
  head,
  importDecisions,
  importResult,
  importReview,
  likeness,
  labelChange,
  growthDecisions,
  labelClass,
  labelSaved,
  labelUndone,
  encoderOffer,
  libraryBlock,
  libraryEncoder,
  lastWork,
  openedVolume,
  partialTableMap,
  predictionList,
  predictorInfo,
  projectInfo,
  projectLimit,
  readerPlace,
  readingContext,
  recipeOptions,
  relinkResult,
  rereadQueue,
  rereadRound,
  rereadSummary,
  runDetail,
  runEstimate,
  runSummary,
  sampleDetail,
  sampleFilter,
  sampleRow,
  sampleSort,
  scope,
  settings,
  projectPair,
  splitHistory,
  splitPreview,
  splitRequest,
  storageInfo,
  engineReport,
  exportedFile,
  engineStatus,
  tablePreview,
  thresholds,
  where,
  ANYWHERE,
} from '../domain';
import { userErrorData } from '../errors';

/** Every procedure may fail with a `USER` error: something that a person can act on. All else is a defect and arrives as INTERNAL_SERVER_ERROR. */
const base = oc.errors({ USER: { status: 422, data: userErrorData } });
const nothing = z.object({});
const keys = z.array(z.number().int());
const run = z.object({ run: z.string() });
const task = z.object({ id: z.string() });
const round = z.object({ round: z.number().int().positive() });
/** Of an ordinary edit: only the services say that a reading was blind. */
const seen = readingContext.omit({ blindReread: true });

/** The one typed contract between the services and every window, browser tab and command line (docs/architecture.md). */
export const contract = {
  app: {
    info: base.input(nothing).output(appInfo),
    /** Stores the given settings beside the others. */
    saveSettings: base.input(settings.partial()).output(settings),
    /** The system's own dialog; null when the person cancels. Only in Electron: the browser shell lists folders instead. */
    pick: base
      .input(z.object({ what: z.enum(['files', 'folder', 'project', 'save-csv']), suggestion: z.string().optional() }))
      .output(z.array(z.string()).nullable()),
    /** Another window onto the open project. Only in Electron: a browser opens a tab. */
    openWindow: base.input(nothing).output(nothing),
    /** One folder of this machine; null: the person's home. */
    listFolder: base.input(z.object({ dir: z.string().nullable() })).output(folderListing),
    /** Opens a folder that this process has written (a report) in the system's file manager. Only in Electron. */
    showFolder: base.input(z.object({ dir: z.string() })).output(nothing),
    forgetRecent: base.input(z.object({ dir: z.string() })).output(appInfo),
  },
  engines: {
    /** Every engine: where it computes, or why it does not. Loads each in a process of its own. */
    report: base.input(nothing).output(engineReport),
    /**
     * Installs the tensorflow engine; `engine` events tell how far it is.
     * @param from a wheel, a libtensorflow tarball or the folder of an installed engine; null: by pip from the package index
     * @param sha256 of a file whose hash is not known to the app @param cuda null: by what the machine has
     */
    install: base
      .input(
        task.extend({
          from: z.string().nullable(),
          sha256: z
            .string()
            .regex(/^[0-9a-fA-F]{64}$/)
            .nullable(),
          cuda: z.boolean().nullable(),
        }),
      )
      .output(engineStatus),
    cancel: base.input(task).output(nothing),
    /** Takes the tensorflow engine away. */
    remove: base.input(nothing).output(nothing),
  },
  project: {
    /** The open project, or null. */
    info: base.input(nothing).output(projectInfo.nullable()),
    /**
     * @param elsewhere what to do where the project lies on a network or in a cloud's folder: refuse with `project-remote`,
     *   open it `there`, or `bring` it onto this workstation, with dated backups to that folder
     */
    open: base
      .input(
        z.object({
          dir: z.string(),
          elsewhere: z.enum(['ask', 'there', 'bring']).default('ask'),
          /** Of bringing it: `task` events tell how far it is, and `storage.cancel` calls it off. */
          task: z.string().optional(),
        }),
      )
      .output(projectInfo),
    close: base.input(nothing).output(nothing),
    rename: base.input(z.object({ name: z.string().trim().min(1) })).output(projectInfo),
    setReader: base.input(z.object({ reader: z.string().trim().min(1) })).output(projectInfo),
    /** A new version of the label scheme: names, short names, colours, keys, order, positive class. Class ids stay. */
    setClasses: base
      .input(z.object({ classes: z.array(labelClass).min(1), positive: z.number().int().nullable() }))
      .output(projectInfo),
    /** Classes go into another one: labels on them read as that one. A new version of the scheme, undoable. */
    mergeClasses: base
      .input(z.object({ from: z.array(z.number().int()).min(1), into: z.number().int() }))
      .output(projectInfo),
    /** A class becomes several, at its place: its samples are unlabelled until they are read anew. A new version, undoable. */
    splitClass: base.input(z.object({ class: z.number().int(), into: z.array(classPart).min(2) })).output(projectInfo),
    setRule: base.input(decisionRule).output(projectInfo),
    /** Pairs of duplicates with labels and splits of now, and what was decided of each. */
    pairs: base
      .input(z.object({ offset: z.number().int().min(0), limit: z.number().int().min(1).max(2000) }))
      .output(z.object({ pairs: z.array(projectPair), total: z.number().int() })),
    splitHistory: base.input(nothing).output(splitHistory),
    /** What a new version of the splits would be; nothing is written. */
    previewSplits: base.input(splitRequest).output(splitPreview),
    /** A new version of the splits. Where the test split was scored it is refused unless those scores may be voided. */
    resplit: base.input(splitRequest.extend({ voidTestScores: z.boolean().default(false) })).output(projectInfo),
    /**
     * Looks for near-duplicates where there were too many samples to do it on import; `near` events tell how far it is. What it finds
     * changes no split. @param wait answers when it has ended
     */
    lookForNear: base.input(z.object({ wait: z.boolean().default(false) })).output(projectInfo),
    /** Ends it at once, and leaves nothing behind. */
    cancelNear: base.input(nothing).output(projectInfo),
  },
  imports: {
    /** Starts to read; `import` events tell how far it is. `sample` names a bundled one in place of paths. */
    inspect: base
      .input(
        z.object({
          paths: z.array(z.string()),
          sample: z.string().optional(),
          table: z.string().optional(),
          /** Which column of the table is what; columns of the roles' own names need none. */
          map: partialTableMap.optional(),
          /** To be added to the open project: `reviewGrowth` and `grow` follow, not `review` and `commit`. */
          into: z.boolean().default(false),
          folders: folderMeaning.optional(),
          likeness: likeness.optional(),
          name: z.string().optional(),
        }),
      )
      .output(z.object({ importId: z.string() })),
    /** What a folder's table would mean by this map, before any picture is read; null where there is no table. */
    previewTable: base
      .input(
        z.object({
          folder: z.string(),
          table: z.string().nullable(),
          map: partialTableMap,
          /** The open project's last map is the first guess. */
          into: z.boolean().default(false),
        }),
      )
      .output(tablePreview.nullable()),
    /** Waits until all is read. With another `likeness` than that of before, near-duplicates are looked for once more. */
    review: base.input(z.object({ importId: z.string(), likeness: likeness.optional() })).output(importReview),
    /** Writes the project, and opens it. */
    commit: base.input(z.object({ importId: z.string(), decisions: importDecisions })).output(importResult),
    /** What it would add to the open project. */
    reviewGrowth: base.input(z.object({ importId: z.string() })).output(growthReview),
    /** Adds it, and opens the project anew. Refused while a run trains on it. */
    grow: base.input(growthDecisions.extend({ importId: z.string() })).output(growthResult),
    /** Ends at once and leaves nothing behind. */
    cancel: base.input(z.object({ importId: z.string() })).output(nothing),
  },
  samples: {
    /** Keys in order, packed (`sampleKeys` asks and unpacks); `seed` for the random order. */
    list: base
      .input(
        z.object({
          filter: sampleFilter,
          sort: sampleSort,
          descending: z.boolean().default(false),
          seed: z.number().int().default(1),
        }),
      )
      .output(z.object({ packed: z.string() })),
    rows: base.input(z.object({ keys: keys.max(1000) })).output(z.array(sampleRow)),
    facets: base.input(z.object({ filter: sampleFilter })).output(facets),
    detail: base.input(z.object({ key: z.number().int() })).output(sampleDetail),
  },
  labels: {
    /** Answers when the transaction is durable, never before. One call is one undoable step. */
    set: base
      .input(
        z.object({
          keys: keys.min(1),
          change: labelChange,
          origin: z.enum(['read', 'bulk', 'suggestion', 'script']),
          context: seen.nullable(),
          /** Of the command line; the project's present reader otherwise. */
          reader: z.string().trim().min(1).optional(),
        }),
      )
      .output(labelSaved),
    /** Each sample gets the class that its prediction suggests; samples without a suggestion are left out. */
    accept: base.input(z.object({ keys: keys.min(1), context: seen.nullable() })).output(labelSaved),
    /** Rounds of blind re-reading of the test split, by number. */
    rereads: base.input(nothing).output(z.array(rereadRound)),
    /** The reader's open round with its queue, or a new one. Nothing of a label is in it but the reader's own answers. */
    startReread: base.input(z.object({ seed: z.number().int().nonnegative() })).output(rereadQueue),
    /** One answer of a round, or (`round: null`, by a command line) one sample on its own. */
    reread: base
      .input(
        z.object({
          round: round.shape.round.nullable(),
          key: z.number().int(),
          change: labelChange,
          reader: z.string().trim().min(1).optional(),
        }),
      )
      .output(labelSaved),
    /** Ends a round and says how many labels changed. */
    endReread: base.input(round).output(rereadSummary),
    /** Of an ended round. */
    rereadSummary: base.input(round).output(rereadSummary),
    undo: base.input(nothing).output(labelUndone),
    redo: base.input(nothing).output(labelUndone),
    /** Newest first. */
    activity: base
      .input(
        z.object({
          before: z.number().int().nullable(),
          limit: z.number().int().min(1).max(100_000),
          key: z.number().int().optional(),
          reader: z.string().optional(),
          origin: z.string().optional(),
          text: z.string().optional(),
          /** Leaves out what the import brought. */
          withoutImported: z.boolean().default(false),
        }),
      )
      .output(activityPage),
    exportCsv: base
      .input(z.object({ file: z.string(), allReaders: z.boolean().default(false) }))
      .output(z.object({ file: z.string(), rows: z.number().int() })),
    importCsv: base
      .input(z.object({ file: z.string(), reader: z.string().optional() }))
      .output(z.object({ file: z.string(), rows: z.number().int(), changed: z.number().int() })),
  },
  training: {
    runs: base.input(nothing).output(z.array(runSummary)),
    run: base.input(run).output(runDetail),
    /** What a run with these options would take: shown before it starts. */
    /** `known`: nothing is measured for it. */
    estimate: base.input(recipeOptions.extend({ known: z.boolean().optional() })).output(runEstimate),
    /** Makes the run's folder and starts it, or queues it behind the present one. */
    start: base
      .input(recipeOptions.extend({ name: z.string().optional(), note: z.string().optional() }))
      .output(runSummary),
    /** Keeps the best so far. */
    stop: base.input(run).output(runSummary),
    /** Lets the run at work stand still between two steps, or go on at the same step; its state says when it does. */
    pause: base.input(run.extend({ paused: z.boolean() })).output(runSummary),
    /** @param on what a run that has not begun is to compute on; `auto`: as its recipe says */
    resume: base.input(run.extend({ on: where.default(ANYWHERE) })).output(runSummary),
    annotate: base.input(run.extend({ name: z.string(), note: z.string() })).output(runSummary),
    /** The predictor of now: a head of a run, the live probe (`run: null`), or null for the default rule. */
    choosePredictor: base
      .input(z.object({ choice: z.object({ run: z.string().nullable(), head }).nullable() }))
      .output(predictorInfo.nullable()),
    pauseProbe: base.input(z.object({ paused: z.boolean() })).output(nothing),
    /** The logged scoring of the test split, all heads of the run at once. */
    scoreTest: base.input(run).output(runSummary),
    /** Writes the run's network as `model.onnx` and `model-fp16.onnx`, each checked against the engine. @param dir null: below the project's `exports/` */
    exportModel: base
      .input(run.extend({ dir: z.string().nullable() }))
      .output(z.object({ folder: z.string(), files: z.array(exportedFile) })),
  },
  blocks: {
    /** The person's library, by name. */
    library: base.input(nothing).output(z.array(libraryBlock)),
    /** What a file or folder holds; read in a process of its own. */
    inspect: base.input(z.object({ path: z.string() })).output(blockOffer),
    /** Takes one layer into the library. */
    add: base.input(z.object({ path: z.string(), layer: z.number().int().nonnegative() })).output(libraryBlock),
    /** Out of the library; runs that use it can no longer be repeated. */
    remove: base.input(z.object({ id: z.string() })).output(z.array(libraryBlock)),
  },
  volumes: {
    /** All volumes in files and folders, by their headers; what is not read, and why. */
    list: base.input(z.object({ paths: z.array(z.string()).min(1) })).output(fileVolumes),
    /** Opens a listed one; its slices are then at `pixelPath.volume`. */
    open: base.input(z.object({ id: z.string() })).output(openedVolume),
    close: base.input(z.object({ token: z.string() })).output(nothing),
    /** What a label map's values are called, by value, where a table lies beside its file. */
    labelNames: base.input(z.object({ id: z.string() })).output(z.record(z.string(), z.string())),
  },
  encoders: {
    /** The person's library, by name. */
    library: base.input(nothing).output(z.array(libraryEncoder)),
    /** What a file or folder holds; read in a process of its own. */
    inspect: base.input(z.object({ path: z.string() })).output(encoderOffer),
    /** Takes an encoder into the library. */
    add: base.input(z.object({ path: z.string() })).output(libraryEncoder),
    /** Out of the library; runs that use it can no longer be repeated. */
    remove: base.input(z.object({ id: z.string() })).output(z.array(libraryEncoder)),
  },
  insight: {
    figures: base
      .input(
        z.object({
          /** null: the live probe, labels of now. */
          run: z.string().nullable(),
          head,
          scope,
          rule: decisionRule.optional(),
          /** `original`: those of scored test samples as they were at the first scoring, before any blind re-read. */
          labels: z.enum(['now', 'original']).default('now'),
        }),
      )
      .output(figures),
    /** Samples of a cell of the confusion matrix, by class ids; of one question's (`question`: its class id) by 1 yes and 0 no. */
    cell: base
      .input(
        z.object({
          run: z.string().nullable(),
          head,
          scope,
          label: z.number().int(),
          predicted: z.number().int(),
          question: z.number().int().optional(),
        }),
      )
      .output(z.object({ keys })),
    /**
     * The model disagrees with these labels, the surest first; checked samples only on request. Train and validation only.
     * `question`: only disputes about this one of several answers.
     */
    suspects: base
      .input(z.object({ withChecked: z.boolean().default(false), question: z.number().int().optional() }))
      .output(z.object({ keys })),
    /** Of several answers: the threshold of each question at which sensitivity and specificity together are greatest; never on test. */
    thresholds: base.input(z.object({ run: z.string().nullable(), head })).output(thresholds),
    /** Writes the methods report: text, and figures as CSV and SVG. */
    report: base
      .input(
        z.object({
          /** null: a new folder below the project's `exports/`. */
          dir: z.string().nullable().default(null),
          /** null: the run that predicts, else the last finished one, else the live probe. */
          run: z.string().nullable().default(null),
          language: z.enum(['en', 'zh-CN']).default('en'),
        }),
      )
      .output(z.object({ folder: z.string(), files: z.array(z.string()) })),
    /** All predictions of the project, or of files that are not part of it. */
    predictions: base
      .input(
        z.object({
          run: z.string().nullable(),
          head: head.nullable(),
          files: z.array(z.string()).optional(),
          /** What files are computed on; `auto`: as the run itself. */
          on: where.default(ANYWHERE),
        }),
      )
      .output(predictionList),
  },
  storage: {
    info: base.input(nothing).output(storageInfo),
    /** The kind of disk that any folder lies on, also of one that is yet to be made. */
    place: base.input(z.object({ dir: z.string() })).output(diskPlace),
    /** What a copy would hold, and what could not be done with it. */
    copySizes: base
      .input(z.object({ dir: z.string().nullable(), parts: copyParts }))
      .output(copySizes.extend({ limits: z.array(projectLimit) })),
    /** Copies the open project into a new folder, verified at the end; `task` events tell how far it is. */
    copy: base.input(task.extend({ dir: z.string(), parts: copyParts })).output(copyResult),
    /** Looks for the originals below one folder, by relative path and hash. */
    relink: base.input(task.extend({ dir: z.string() })).output(relinkResult),
    /** Makes pixels and thumbnails anew from the originals. */
    rebuild: base.input(task).output(storageInfo),
    cancel: base.input(task).output(nothing),
    /** Deletes what can be made anew, or is not needed any more. */
    clear: base.input(z.object({ what: clearedPart })).output(storageInfo),
    /** Folder for dated backups outside of the project; null for none. */
    setBackupsTo: base.input(z.object({ dir: z.string().nullable() })).output(storageInfo),
  },
  returning: {
    /** What was done last here, and what was cut off. */
    last: base.input(nothing).output(lastWork),
    /** Where a reader was; null where nothing is known. */
    place: base.input(z.object({ reader: z.string() })).output(readerPlace.nullable()),
    keepPlace: base.input(z.object({ reader: z.string(), place: readerPlace })).output(nothing),
  },
  events: base.input(nothing).output(eventIterator(appEvent)),
};
export type Contract = typeof contract;
/** How every window, tab and command line calls the services. */
export type Client = ContractRouterClient<Contract>;
