export * from './app';
export * from './events';
export * from './import';
export * from './insight';
export * from './label';
export * from './project';
export * from './sample';
export * from './training';
