import { createRouter, createWebHashHistory } from 'vue-router';
import type { Router, RouteRecordRaw } from 'vue-router';
import { useMessages } from '@renderer/stores/messages';
import { useProject } from '@renderer/stores/project';
import type { IconName } from '@renderer/ui/icons';

declare module 'vue-router' {
  interface RouteMeta {
    /** Place in the rail; its name is the word `places.<route name>`. */
    rail?: { readonly icon: IconName; readonly order: number };
    /** Can be shown while no project is open. */
    withoutProject?: boolean;
    /** The rail's place that is lit while this page is shown, where it has none of its own. */
    within?: string;
  }
}

const features = import.meta.glob<{ routes: RouteRecordRaw[] }>('../features/*/index.ts', { eager: true });

/** The pages that every feature's `index.ts` exports as `routes`. Names in use: start, import, browse, view, sample, train, check, activity, settings. */
export const routes: RouteRecordRaw[] = Object.values(features).flatMap((feature) => feature.routes ?? []);

/** Places of the rail, in order. */
export const places = routes
  .flatMap((route) =>
    route.meta?.rail && typeof route.name === 'string' ? [{ name: route.name, ...route.meta.rail }] : [],
  )
  .sort((a, b) => a.order - b.order);

/** Loads the code of all pages while nobody waits, so that going to one never does. */
export function preloadPages(): void {
  const load = (): void => {
    for (const { component } of routes) {
      if (typeof component === 'function' && component.length === 0)
        void (component as () => Promise<unknown>)().catch(() => undefined);
    }
  };
  setTimeout(load, 1500);
}

export function makeRouter(): Router {
  const router = createRouter({ history: createWebHashHistory(), routes });
  router.beforeEach((to) => {
    if (to.matched.length === 0) return useProject().isOpen ? { name: 'browse' } : { name: 'start' };
    return useProject().isOpen || to.meta.withoutProject ? true : { name: 'start' };
  });
  router.onError((error) => useMessages().fail(error));
  return router;
}
