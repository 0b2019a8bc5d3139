import type { Page } from 'playwright-core';
import axe from 'axe-core';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'];

/** Violations of WCAG 2.1 A and AA on the page as it is. Evaluated in the page's own world, as the security policy allows. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async (rules) => {
    const { axe: checker } = window as unknown as { axe: typeof axe };
    return (await checker.run({ runOnly: rules })).violations.map(({ id, nodes }) => ({
      id,
      html: nodes.map((n) => n.html),
    }));
  }, RULES);
  return found.map(({ id, html }) => `${id}: ${html.map((h) => h.slice(0, 120)).join(' | ')}`);
}

/** Both themes, the dark one last. @returns what either violates */
export async function violationsInBoth(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const theme of ['light', 'dark']) {
    await page.evaluate((to) => (document.documentElement.dataset['theme'] = to), theme);
    found.push(...(await violations(page)).map((violation) => `${theme}, ${violation}`));
  }
  return found;
}
