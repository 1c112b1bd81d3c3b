/** How often it is looked at, ms. */
const EVERY = 20;
const MEBIBYTE = 1024 * 1024;

/** What is resident (MiB): now, and at its highest until the end. What the start of a process took for a moment is not counted. */
export function watchMemory(): { end(): { readonly before: number; readonly peak: number } } {
  const before = process.memoryUsage.rss();
  let peak = before;
  const look = () => {
    peak = Math.max(peak, process.memoryUsage.rss());
  };
  const looking = setInterval(look, EVERY);
  return {
    end() {
      look();
      clearInterval(looking);
      return { before: before / MEBIBYTE, peak: peak / MEBIBYTE };
    },
  };
}
