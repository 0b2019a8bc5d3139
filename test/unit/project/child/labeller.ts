import { writeSync } from 'node:fs';
import { Project } from '@main/project';

/** Labels without end and says so after each acknowledgement: `event keys…`. Every fifth edit is one of 50 samples at once. */
const [dir = '', seed = '1'] = process.argv.slice(2);
const project = await Project.open(dir, { holder: 'cli', device: '01890a5d-ac96-774b-bcce-b302099a8057' });
let state = Number(seed) * 2654435761;
const random = (below: number): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state % below;
};
for (let i = 0; ; i++) {
  const size = project.index.size;
  const keys = i % 5 === 4 ? Array.from({ length: 50 }, (_, k) => k) : [random(size)];
  const saved = project.labels.set(keys, { class: random(2) }, { origin: 'read', context: null, reader: 'Ana' });
  writeSync(1, `${saved.journal} ${saved.events.join(' ')}\n`);
}
