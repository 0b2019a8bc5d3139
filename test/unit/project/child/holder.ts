import { writeSync } from 'node:fs';
import { Project } from '@main/project';

/** Holds a project open until it is killed. */
await Project.open(process.argv[2] ?? '', { holder: 'app', socket: '/tmp/some.sock' });
writeSync(1, 'open\n');
setInterval(() => undefined, 1000);
