/** Names inside a project's folder. */
export const FOLDERS = ['cache', 'runs', 'exports', 'backups'] as const;
export const DATABASE = 'project.db';
