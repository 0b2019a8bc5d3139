import { BEAT_MS } from '../child';
import { answerParent } from '../answering';
import { READING } from './protocol';
import { ReadingWorker } from './worker';

const worker = new ReadingWorker();
answerParent(READING, async (method, params, { signal, onProgress }) => {
  // Says that it is alive: a codec that loops says nothing, and is ended.
  const beat = setInterval(() => onProgress(null), BEAT_MS);
  try {
    return await worker.call(method, params, signal);
  } finally {
    clearInterval(beat);
  }
});
