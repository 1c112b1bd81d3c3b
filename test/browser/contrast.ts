import type { Page } from 'playwright-core';

/** Text that is too faint to read: what it says, and its ratio to what is behind it. */
export interface Faint {
  readonly text: string;
  readonly ratio: number;
}

/**
 * Runs in the page, so it is script and not TypeScript: every visible text against the colours behind it (WCAG 2.2, 1.4.3:
 * 4.5, or 3 for large text). Emoji and disabled controls have no colour of their own to judge.
 */
const SCRIPT = `(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const behind = (node) => {
    const layers = [];
    for (let one = node; one; one = one.parentElement) layers.push(rgba(getComputedStyle(one).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const luminance = (color) => {
    const [r, g, b] = color.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratioOf = (node) => {
    const ground = behind(node);
    const [light, dark] = [luminance(over(rgba(getComputedStyle(node).color), ground)), luminance(ground)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const faint = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode.parentElement;
    const said = texts.currentNode.textContent.trim();
    if (!/[\\p{L}\\p{N}]/u.test(said) || !node.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (node.closest('option, noscript, script, .sr, [disabled]')) continue;
    const style = getComputedStyle(node);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const ratio = ratioOf(node);
    if (ratio < (large ? 3 : 4.5)) faint.push({ text: said.slice(0, 60), ratio: Math.round(ratio * 100) / 100 });
  }
  return faint;
})()`;

/** Every text of the page that stands out too little from what is behind it. */
export function faintTexts(page: Page): Promise<Faint[]> {
  return page.evaluate<Faint[]>(SCRIPT);
}
