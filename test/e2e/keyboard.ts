import type { Page } from 'playwright-core';

/**
 * Walks the whole page, or the open dialog, with Tab alone.
 * @returns controls that were never reached, and those on which the focus could not be seen; of radio buttons with one name one is enough,
 *   as arrows go to the others, and what has a key of its own (`tabindex="-1"`) is not walked to
 */
export async function walk(page: Page): Promise<{ unreached: string[]; unseen: string[] }> {
  const count = await page.evaluate(() => {
    const root = document.querySelector('[role="dialog"]') ?? document.body;
    const name = (e: Element): string =>
      `${e.tagName.toLowerCase()} ${(e.getAttribute('aria-label') ?? e.textContent ?? '').trim().slice(0, 40) || e.className}`;
    const all = [
      ...root.querySelectorAll<HTMLElement>(
        'button, a[href], input, select, textarea, summary, [role="grid"], [role="listbox"], [role="slider"], [role="separator"][tabindex]',
      ),
    ].filter((e) => !e.matches(':disabled, [tabindex="-1"]') && e.checkVisibility() && !e.closest('[inert]'));
    const radios = new Set<string>();
    const todo = new Map(
      all
        .filter((e) => {
          if (!(e instanceof HTMLInputElement) || e.type !== 'radio') return true;
          const first = !radios.has(e.name);
          radios.add(e.name);
          return first;
        })
        .map((e) => [e instanceof HTMLInputElement && e.type === 'radio' ? e.name : e, name(e)] as const),
    );
    const unseen = new Set<string>();
    const look = (): number => {
      const at = document.activeElement;
      if (!(at instanceof HTMLElement) || at === document.body) return todo.size;
      todo.delete(at instanceof HTMLInputElement && at.type === 'radio' ? at.name : at);
      // A grid shows its focus on the cell that is active in it.
      const active = document.getElementById(at.getAttribute('aria-activedescendant') ?? '');
      const around = [at, at.closest('label'), at.parentElement, active].filter((e) => e !== null);
      if (!around.some((e) => getComputedStyle(e).outlineStyle !== 'none')) unseen.add(name(at));
      return todo.size;
    };
    Object.assign(window, { walked: { look, todo, unseen } });
    return todo.size;
  });
  for (let left = count, i = 0; left > 0 && i < 2 * count + 60; i++) {
    await page.keyboard.press('Tab');
    left = await page.evaluate(() => (window as unknown as { walked: { look(): number } }).walked.look());
  }
  return page.evaluate(() => {
    const { todo, unseen } = (window as unknown as { walked: { todo: Map<unknown, string>; unseen: Set<string> } })
      .walked;
    return { unreached: [...todo.values()], unseen: [...unseen] };
  });
}
