export function electronBinary(options?: {
  say?: (text: string) => void;
  again?: boolean;
}): Promise<{ binary: string } | { reason: string }>;
export function setFuses(path: string, wanted?: object): Promise<void>;
