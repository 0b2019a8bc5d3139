/** A process that measures one network: it sets it up, then computes one batch for every line that it reads, and answers a line each. */
import '@tensorflow/tfjs-layers';
import { createInterface } from 'node:readline';
import { peakMegabytes, readyArm } from '@main/engine/bench';
import type { BenchArm } from '@main/engine/bench';

const say = (answer: object): void => void process.stdout.write(`${JSON.stringify(answer)}\n`);

const arm = await readyArm(JSON.parse(process.argv[2]!) as BenchArm);
say({ ready: arm.engine });
for await (const _ of createInterface({ input: process.stdin })) {
  const milliseconds = await arm.once();
  say({ milliseconds, peak_rss_mb: peakMegabytes() });
}
await arm.dispose();
process.exit(0);
