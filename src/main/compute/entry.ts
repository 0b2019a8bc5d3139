import { constants, setPriority } from 'node:os';
import { answerParent } from './answering';
import { METHODS } from './protocol';
import { Worker } from './worker';

// Labels come first: whoever trains yields the processor to the window, but not to every other program. Where the system
// refuses, all stays as it is.
try {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
} catch {
  // no permission
}

const worker = new Worker();
answerParent(METHODS, (method, params, asked) => worker.call(method, params, asked));
