import { useRouter } from 'vue-router';
import { useBrowse } from '@renderer/features/browse';
import { useQueue, useReturning } from '@renderer/stores';

/** Places that a reader may be found at again; Settings and the start page are none. */
const PLACES = ['browse', 'view', 'train', 'check', 'activity'];

/** Goes to where the present reader was when the project was last open; to Browse where nothing is known. */
export function useGoBack(): () => Promise<void> {
  const router = useRouter();
  const returning = useReturning();
  const queue = useQueue();
  const browse = useBrowse();

  return async () => {
    const was = await returning.place();
    if (was?.route === 'sample' && was.sample !== null) {
      await browse.start();
      const suspects = was.check?.keys.includes(was.sample) ? was.check.keys : null;
      const inBrowse = browse.indexOf(was.sample) >= 0;
      if (inBrowse || suspects) {
        const from = inBrowse
          ? { keys: browse.keys, name: browse.name, from: 'browse' }
          : { keys: suspects!, name: 'suspects', from: 'check' };
        queue.open(from, was.sample);
        await router.push({ name: 'sample', params: { key: was.sample } });
        return;
      }
    }
    const name = was && PLACES.includes(was.route) && router.hasRoute(was.route) ? was.route : 'browse';
    // The list is on its way while the page is drawn.
    if (name === 'browse') browse.start().catch(() => undefined);
    await router.push({ name });
  };
}
