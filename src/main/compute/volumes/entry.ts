import { answerParent } from '../answering';
import { READING } from './protocol';
import { ReadingWorker } from './worker';

const worker = new ReadingWorker();
answerParent(READING, (method, params, { signal }) => worker.call(method, params, signal));
