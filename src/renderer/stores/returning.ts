import { shallowRef, watch } from 'vue';
import { defineStore } from 'pinia';
import type { LastWork, ReaderPlace } from '@shared/domain';
import { useEvent } from './events';
import { useProject } from './project';
import { client } from './services';

/** Milliseconds between two times that a place is kept. */
const KEEP = 4000;
type Here = Omit<ReaderPlace, 'at'>;
const NOWHERE: Here = { route: 'browse', sample: null, browse: null, check: null };

/** Where each reader was in the project: found again at opening, kept while they go on. */
export const useReturning = defineStore('returning', () => {
  const project = useProject();
  /** What was done last, as the line after opening says it. */
  const last = shallowRef<LastWork | null>(null);
  let asked: { of: string; place: Promise<ReaderPlace | null> } | null = null;
  let here: Here = NOWHERE;
  /** Of whom `here` is; null until their place was found. */
  let owner: string | null = null;
  let kept = '';
  let timer: ReturnType<typeof setTimeout> | undefined;
  let checkTaken = false;

  const whose = (): string | null => (project.info ? `${project.info.id} ${project.info.reader ?? ''}` : null);

  /** Where the present reader was; null where nothing is known. Asked for once. */
  function place(): Promise<ReaderPlace | null> {
    const of = whose();
    if (of === null) return Promise.resolve(null);
    if (asked?.of !== of) {
      const found = client()
        .returning.place({ reader: project.info?.reader ?? '' })
        .catch((error: unknown) => {
          console.warn('the last place is not known', error);
          return null;
        });
      asked = { of, place: found };
      void found.then((was) => {
        if (whose() !== of) return;
        // A reader who is new here stands where the window stands.
        here = was ?? here;
        owner = of;
        kept = JSON.stringify(here);
      });
    }
    return asked.place;
  }

  // A reader was named, or another one: from now on the place is theirs.
  watch(whose, (of) => of !== null && owner !== null && void place());

  /** The queue of Check as it was left: once, for the page that is opened first. */
  async function checkPlace(): Promise<ReaderPlace['check']> {
    if (checkTaken) return null;
    const was = await place();
    if (checkTaken) return null;
    checkTaken = true;
    return was?.check ?? null;
  }

  /** Pages say where they are. */
  function report(part: Partial<Here>): void {
    if (owner === null || owner !== whose()) return;
    here = { ...here, ...part };
    timer ??= setTimeout(keep, KEEP);
  }

  /** Keeps the place now. */
  function keep(): void {
    clearTimeout(timer);
    timer = undefined;
    const text = JSON.stringify(here);
    if (!project.info || project.readOnly || owner !== whose() || text === kept) return;
    kept = text;
    client()
      .returning.keepPlace({
        reader: project.info.reader ?? '',
        place: { at: new Date().toISOString(), ...(JSON.parse(text) as Here) },
      })
      .catch((error: unknown) => console.warn('the place was not kept', error));
  }

  async function look(): Promise<void> {
    last.value = await client().returning.last({});
  }

  let shown: string | null = null;
  useEvent('project', ({ info }) => {
    if ((info?.id ?? null) === shown) return;
    shown = info?.id ?? null;
    // Who opened it may have asked before this was heard.
    if (!info || !asked?.of.startsWith(`${info.id} `)) {
      asked = null;
      owner = null;
      here = NOWHERE;
    }
    checkTaken = false;
    clearTimeout(timer);
    timer = undefined;
    last.value = null;
    if (info) look().catch((error: unknown) => console.warn('what was done last is not known', error));
  });

  return { last, place, checkPlace, report, keep };
});
