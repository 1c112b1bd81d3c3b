import { createRequire } from 'node:module';
import { renderAsync } from '@resvg/resvg-js';

const { resolve } = createRequire(import.meta.url);
/** The machine may have no font at all, as in the image. */
const FONTS = ['400Regular/Inter_400Regular.ttf', '700Bold/Inter_700Bold.ttf'].map((file) => resolve(`@expo-google-fonts/inter/${file}`));

/** An SVG as PNG, in its own size, with the font Inter; drawn off the main thread. @throws Error when it is no SVG. */
export async function renderPng(svg: string, signal?: AbortSignal): Promise<Uint8Array> {
  const options = { font: { fontFiles: FONTS, loadSystemFonts: false, defaultFontFamily: 'Inter' } };
  return (await renderAsync(svg, options, signal ?? null)).asPng();
}
