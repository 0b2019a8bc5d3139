import '@tensorflow/tfjs-layers'; // registers tfjs-core's gradients: its CommonJS build brings none
import { registerElementwise } from './elementwise';
import { registerFused } from './fused';
import { registerMatMul } from './matmul';
import { registerReduce } from './reduce';
import { registerShape } from './shape';

let registered = false;

/** Registers the tracer's kernels with tfjs-core, once in a process. */
export function registerTracer(): void {
  if (registered) return;
  registered = true;
  registerElementwise();
  registerMatMul();
  registerReduce();
  registerShape();
  registerFused();
}
