import { availableParallelism } from 'node:os';
import type { InferenceSession } from 'onnxruntime-node';
import type { Place } from '@shared/domain';
import { UserError } from '@shared/errors';
import { Graph } from './graph/graph';
import { registerTracer } from './kernels';
import { placeName, whyNoProvider } from './places';
import { constantsInto, inputsInto, programOf, tensorsOf, valuesOf } from './program';
import { Sessions } from './sessions';
import { traceInto } from './trace';
import { gradientsOf } from './backward';
import { createTrainer, trainerBytes } from './trainer';
import type { Engine } from './types';

export interface OnnxEngineOptions {
  /** Threads of one operator on the processor; as many as there are cores where absent. */
  readonly threads?: number;
  /** Where the graph runs: there and nowhere else. */
  readonly place?: Place;
  /** On the processor, weights of so many bytes in all lie in files that are mapped into memory. */
  readonly mapFrom?: number;
}

/** Below that a copy of its own costs less than a file. */
const MAP_FROM = 128 * 1024 ** 2;

/**
 * The engine that is always there: networks traced once into a static ONNX graph and run by onnxruntime.
 * @throws UserError engine-missing where this build has no way to the device; whether there is hardware shows with the first session
 */
export async function createOnnxEngine(options: OnnxEngineOptions = {}): Promise<Engine> {
  registerTracer();
  const { place = 'cpu', threads = availableParallelism(), mapFrom = MAP_FROM } = options;
  const missing = whyNoProvider(place);
  if (missing !== null) throw new UserError('engine-missing', missing);
  const sessions = new Sessions(place, sessionOptions(place, threads), mapFrom);
  const { oneLayout } = sessions;
  const cores = `${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  return {
    name: 'onnx',
    place,
    description: place === 'cpu' ? `onnx · CPU, ${cores}` : `onnx · ${placeName(place)}`,
    compile({ constants, inputs, apply }) {
      const graph = new Graph({ oneLayout });
      const outputs = traceInto(graph, () =>
        valuesOf(apply(tensorsOf(constantsInto(graph, constants)), tensorsOf(inputsInto(graph, inputs)))),
      );
      return programOf(sessions, graph, inputs, outputs);
    },
    gradients(task) {
      const graph = new Graph({ differentiated: true, oneLayout });
      const outputs = traceInto(graph, () => gradientsOf(graph, task));
      return programOf(sessions, graph, task.inputs, outputs);
    },
    trainer: (task) => createTrainer(sessions, task),
    trainerBytes: (task) => trainerBytes(task, oneLayout),
  };
}

function sessionOptions(place: Place, threads: number): InferenceSession.SessionOptions {
  const session = {
    // A thread that waits spins for so long only, in microseconds: enough to bridge the small operators between two matrix
    // products; onnxruntime's own default makes a busy machine 2 to 3 times slower, and takes the cores from the window.
    intra_op: { allow_spinning: '1', spin_duration_us: '60' },
    // A node that the device cannot compute is an error, not a detour over the processor.
    ...(place === 'cpu' || place === 'coreml' ? {} : { disable_cpu_ep_fallback: '1' }),
  };
  return {
    executionProviders: [place],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    // It would lay all results of a step out in one piece beside the pieces that it grew in: a third more memory, no time.
    enableMemPattern: false,
    // The next network finds the device, and the shaders that were compiled for the last one.
    extra: { session, ep: { webgpuexecutionprovider: { preserveDevice: '1' } } },
  };
}
