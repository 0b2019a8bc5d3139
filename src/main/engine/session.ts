import { InferenceSession } from 'onnxruntime-node';

/**
 * The only way to a session. Official builds of onnxruntime (1.29 and later, Linux and macOS) keep a device id and a list of events below the home
 * folder and send them to their maker, unless this stands in the environment before a process makes its first session.
 */
export function createSession(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession> {
  process.env.ORT_DISABLE_TELEMETRY = '1';
  return InferenceSession.create(model, options);
}
