import { unwrap, wrap } from './host';
import { elementsOf } from './feeds';
import { createSession } from './session';
import type { HostTensors } from './types';

/** Runs the bytes of an ONNX file once, as anybody else would: by onnxruntime with its own defaults, on the CPU. */
export async function runOnnx(model: Uint8Array, feeds: HostTensors): Promise<HostTensors> {
  const session = await createSession(model, { executionProviders: ['cpu'], logSeverityLevel: 3 });
  try {
    const given = Object.entries(feeds).map(([name, tensor]) => [name, wrap(elementsOf(name, tensor), tensor.shape)]);
    const results = await session.run(Object.fromEntries(given) as Record<string, ReturnType<typeof wrap>>);
    return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, unwrap(tensor)]));
  } finally {
    await session.release();
  }
}
