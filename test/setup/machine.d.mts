export function findBrowser(): string | null;
export function findElectron(): string | null;
export function hasDisplay(): boolean;
