import { join } from 'node:path';
import type { Engine } from '@main/engine';
import { writeParams } from './checkpoints';
import type { Features } from './features';
import { Probe } from './probe';
import type { RunData } from './runData';
import { writePredictions } from './runPredictions';
import type { RunLog } from './runLog';
import { SPLIT_CODE } from './runFolder';
import { fitTargets } from './targetProbe';
import { pickTargets } from './targets';

/** Name of the probe's weights inside a run. */
export const PROBE_FILE = join('probe', 'probe.safetensors');

/** Fits the probe on all of train and validation, on train alone (for validation's figure) and out of fold. */
export async function fitRunProbe(data: RunData, features: Features, engine: Engine, log: RunLog): Promise<void> {
  log.progress('probe', 0, 1);
  const rows = [...data.samples.keys()].filter((i) => data.split[i] !== SPLIT_CODE.test);
  const probe = await probeOf(
    features,
    rows.map((i) => data.hashes[i]!),
    engine,
  );
  try {
    const fit = await fitTargets(
      probe,
      pickTargets(data, rows),
      {
        folds: Uint8Array.from(rows, (i) => data.folds[i]!),
        foldCount: data.content.recipe.folds,
        isTrain: Uint8Array.from(rows, (i) => (data.split[i] === SPLIT_CODE.train ? 1 : 0)),
      },
      data.classes,
      { finals: true },
    );
    const head = fit.head!;
    const k = head.intercepts.length;
    await writeParams(join(data.folder, PROBE_FILE), {
      weight: { dtype: 'float32', shape: [k, probe.features], data: head.weights },
      bias: { dtype: 'float32', shape: [k], data: head.intercepts },
    });
    await writePredictions(data, 'probe', {
      outOfFold: { rows, probabilities: fit.outOfFold },
      byTrain: { rows, probabilities: fit.byTrain! },
    });
    for (const [q, strengths] of fit.strengths.entries()) {
      const name = data.answers ? `probe, ${data.content.classes.names[q]}` : 'probe';
      await log.say(
        strengths
          ? `${name}: C ${strengths.all} (folds ${strengths.folds.join(', ')}), ${rows.length} samples`
          : `${name}: too few of one answer, the share of yes stands in its place`,
      );
    }
    log.progress('probe', 1, 1);
  } finally {
    await probe.dispose();
  }
}

/** The probe over cached features of these contents. */
export async function probeOf(features: Features, hashes: readonly string[], engine: Engine): Promise<Probe> {
  const width = features.probe.shape![0]!;
  const x = new Float32Array(hashes.length * width);
  features.probe.read(hashes, x);
  return Probe.create(x, hashes.length, width, engine);
}
