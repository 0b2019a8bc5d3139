import { useI18n } from 'vue-i18n';
import { z } from 'zod';
import { useApp, useMessages } from '@renderer/stores';
import type { ImportRequest } from './store';

const TABLE = /\.(csv|tsv|xlsx)$/i;

/** What dropped paths ask for: a table goes with the folder that was dropped beside it. */
export function requestOf(paths: readonly string[]): ImportRequest | null {
  const tables = paths.filter((path) => TABLE.test(path));
  const others = paths.filter((path) => !TABLE.test(path));
  if (others.length === 0) return null;
  return tables.length === 1 ? { paths: others, table: tables[0]! } : { paths: others };
}

const fromPreload = z.object({ residuaDropped: z.array(z.string()) });

/** Where the files of this drop lie: Electron's preload says it right after the page saw the drop. */
function droppedPaths(): Promise<string[]> {
  return new Promise((resolve) => {
    window.addEventListener('message', function hear(event: MessageEvent<unknown>) {
      const said = event.source === window ? fromPreload.safeParse(event.data) : null;
      if (!said?.success) return;
      window.removeEventListener('message', hear);
      resolve(said.data.residuaDropped);
    });
  });
}

/**
 * Takes files and folders that are dropped on a page. Only Electron says where they lie; a browser does not, and the person hears what to
 * do instead.
 */
export function useDrop(begin: (request: ImportRequest) => unknown): { take: (event: DragEvent) => Promise<void> } {
  const app = useApp();
  const messages = useMessages();
  const { t } = useI18n();
  async function take(event: DragEvent): Promise<void> {
    if (!event.dataTransfer?.files.length) return;
    if (!window.residua) {
      messages.say(t(app.info?.shell === 'browser' ? 'import.drop.browser' : 'import.drop.unknown'));
      return;
    }
    const paths = await droppedPaths();
    const request = requestOf(paths);
    if (request) void begin(request);
    else messages.say(t(paths.length === 0 ? 'import.drop.unknown' : 'import.drop.tableAlone'));
  }
  return { take };
}
