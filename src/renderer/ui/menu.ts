import type { IconName } from './icons';

/** One line of a menu. */
export interface MenuItem {
  readonly label: string;
  readonly icon?: IconName | undefined;
  /** As they are printed. */
  readonly keys?: string | undefined;
  /** Two-state lines. */
  readonly pressed?: boolean | undefined;
  run(): void;
}
