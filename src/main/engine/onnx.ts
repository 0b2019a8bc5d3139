import { availableParallelism } from 'node:os';
import { Graph } from './graph/graph';
import { registerTracer } from './kernels';
import { constantsInto, inputsInto, programOf, tensorsOf, valuesOf } from './program';
import { Sessions } from './sessions';
import { traceInto } from './trace';
import { gradientsOf } from './backward';
import { createTrainer, trainerBytes } from './trainer';
import type { Engine } from './types';

export interface OnnxEngineOptions {
  /** Threads of one operator; as many as there are cores where absent. */
  readonly threads?: number;
  /** Where the graph runs. */
  readonly device?: 'cpu';
}

/** The engine that is always there: networks traced once into a static ONNX graph and run by onnxruntime. */
export async function createOnnxEngine(options: OnnxEngineOptions = {}): Promise<Engine> {
  registerTracer();
  const threads = options.threads ?? availableParallelism();
  const sessions = new Sessions({
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    // It would lay all results of a step out in one piece beside the pieces that it grew in: a third more memory, no time.
    enableMemPattern: false,
    // A thread that waits spins for so long only, in microseconds: enough to bridge the small operators between two matrix
    // products; onnxruntime's own default makes a busy machine 2 to 3 times slower, and takes the cores from the window.
    extra: { session: { intra_op: { allow_spinning: '1', spin_duration_us: '60' } } },
  });
  return {
    name: 'onnx',
    description: `onnx · CPU, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    compile({ constants, inputs, apply }) {
      const graph = new Graph();
      const outputs = traceInto(graph, () =>
        valuesOf(apply(tensorsOf(constantsInto(graph, constants)), tensorsOf(inputsInto(graph, inputs)))),
      );
      return programOf(sessions, graph, inputs, outputs);
    },
    gradients(task) {
      const graph = new Graph(true);
      const outputs = traceInto(graph, () => gradientsOf(graph, task));
      return programOf(sessions, graph, task.inputs, outputs);
    },
    trainer: (task) => createTrainer(sessions, task),
    trainerBytes,
  };
}
