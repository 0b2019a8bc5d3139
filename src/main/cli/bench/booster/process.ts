/** A process that asks the booster check about constructed tasks: a line says which, a line answers. */
import '@tensorflow/tfjs-layers';
import { createInterface } from 'node:readline';
import { createOnnxEngine } from '@main/engine';
import { pretrainedBlock } from '@main/training/booster/constructed/pretrain';
import { ask, question, SEEDS } from './check';

const say = (answer: object): void => void process.stdout.write(`${JSON.stringify(answer)}\n`);

const engine = await createOnnxEngine({ threads: 1 });
const trained = await pretrainedBlock(engine, SEEDS);
say({ ready: engine.name });
for await (const line of createInterface({ input: process.stdin }))
  say(await ask(question.parse(JSON.parse(line)), trained, engine));
process.exit(0);
