import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
/** The machine may have no font at all, as in the image. */
const FONTS = [
  require.resolve('@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf'),
  require.resolve('@expo-google-fonts/inter/700Bold/Inter_700Bold.ttf'),
];

/** An SVG as PNG, in its own size, with the font Inter; drawn off the main thread. @throws Error when it is no SVG. */
export async function renderPng(svg: string): Promise<Uint8Array> {
  // Loaded with the first picture.
  const { renderAsync } = await import('@resvg/resvg-js');
  const font = { fontFiles: FONTS, loadSystemFonts: false, defaultFontFamily: 'Inter' };
  return (await renderAsync(svg, { font })).asPng();
}
