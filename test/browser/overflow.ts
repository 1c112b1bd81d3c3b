import type { Page } from 'playwright-core';

/** The elements that reach beyond the window or make the page wider, those that scroll in themselves left out. */
export function overflowing(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {
    const inside = (node) => node.closest('.table-wrap, pre, .sr, .name, .topic') !== null;
    const shown = (node) => node.checkVisibility({ visibilityProperty: true });
    const over = [...document.querySelectorAll('body *')].filter((node) => shown(node) && !inside(node) && node.getBoundingClientRect().right > innerWidth + 1);
    return document.documentElement.scrollWidth > innerWidth ? ['the page', ...over.map((node) => node.className)] : over.map((node) => node.className);
  })()`);
}
