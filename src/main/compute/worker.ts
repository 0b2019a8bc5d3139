import { checkOnnxPlace } from '@main/engine';
import { hashOfBlock, importBlock, inspectBlock } from '@main/engine/blocks';
import { importEncoder, inspectEncoder } from '@main/engine/encoders';
import { executeRun, exportRun, heatMapOf, measureFull, predictFiles, scoreRun } from '@main/training';
import { encoderFacts } from '@main/training/runFolder';
import { checkTensorflow } from '@main/engine/setup';
import { findLater } from '@main/project/import';
import type { Asked } from './answering';
import { LiveProbe } from './liveProbe';
import type { Method, Params } from './protocol';

/** What a compute child does, one thing after the other. Neighbours are answered between them, out of what is in memory. */
export class Worker {
  #probe: { identity: string; live: LiveProbe } | undefined;
  #last: Promise<unknown> = Promise.resolve();

  call<M extends Method>(method: M, params: Params<M>, o: Asked): Promise<unknown> {
    const turn = this.#last.then(() => this.#do(method, params, o));
    this.#last = turn.catch(() => undefined); // its caller is told; the next one may go on
    return turn;
  }

  async #do<M extends Method>(method: M, params: Params<M>, o: Asked): Promise<unknown> {
    switch (method) {
      case 'prepareFeatures': {
        const { project, samples } = params as Params<'prepareFeatures'>;
        return this.#live(project).prepare(samples, o);
      }
      case 'fitProbe': {
        const { project, samples, classes, choose } = params as Params<'fitProbe'>;
        return this.#live(project).fit(samples, classes, choose);
      }
      case 'neighbours': {
        const { key, count } = params as Params<'neighbours'>;
        return this.#probe?.live.neighbours(key, count) ?? [];
      }
      case 'predictFiles': {
        const { run, files } = params as Params<'predictFiles'>;
        if (run) return predictFiles(run.folder, run.head, files, run.on);
        return this.#probe?.live.predictFiles(files) ?? [];
      }
      case 'heatMap': {
        const onProgress = (done: number, total: number): void => o.onProgress({ done, total });
        return heatMapOf(params as Params<'heatMap'>, { signal: o.signal, onProgress });
      }
      case 'findDuplicates': {
        const { dir, likeness } = params as Params<'findDuplicates'>;
        return findLater(dir, likeness, o);
      }
      case 'runFolder':
        return executeRun((params as Params<'runFolder'>).folder, o);
      case 'hashBlock': {
        const { path, layer } = params as Params<'hashBlock'>;
        return hashOfBlock(path, layer);
      }
      case 'encoderFacts':
        return encoderFacts((params as Params<'encoderFacts'>).path);
      case 'inspectEncoder':
        return inspectEncoder((params as Params<'inspectEncoder'>).path);
      case 'importEncoder': {
        const { path, into } = params as Params<'importEncoder'>;
        return importEncoder(path, into);
      }
      case 'inspectBlock':
        return inspectBlock((params as Params<'inspectBlock'>).path);
      case 'importBlock': {
        const { path, layer, into } = params as Params<'importBlock'>;
        return importBlock(path, layer, into);
      }
      case 'measure':
        return measureFull(params as Params<'measure'>, o.signal);
      case 'exportRun': {
        const { folder, to } = params as Params<'exportRun'>;
        return exportRun(folder, to, o);
      }
      case 'checkEngine':
        return checkTensorflow((params as Params<'checkEngine'>).dir);
      case 'checkPlace':
        return checkOnnxPlace((params as Params<'checkPlace'>).place);
      case 'scoreRun':
        return scoreRun((params as Params<'scoreRun'>).folder);
    }
  }

  #live(project: Params<'fitProbe'>['project']): LiveProbe {
    const identity = JSON.stringify(project);
    if (this.#probe?.identity !== identity) this.#probe = { identity, live: new LiveProbe(project.dir, project.input) };
    return this.#probe.live;
  }
}
