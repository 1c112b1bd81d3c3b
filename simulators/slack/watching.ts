/** Something that nobody tells the workspace of, looked at again and again. */
export interface Watched {
  /** Looks now. */
  tell(): void;
  close(): void;
}

/** Tells of every change of what is looked at each `everyMs`. */
export function watch<T>(look: () => T, everyMs: number, changed: (now: T) => void): Watched {
  let told = JSON.stringify(look());
  const tell = (): void => {
    const now = look();
    const said = JSON.stringify(now);
    if (said === told) return;
    told = said;
    changed(now);
  };
  const timer = setInterval(() => {
    try {
      tell();
    } catch {
      // Whoever asks for it hears what is wrong with it; nobody asked here.
    }
  }, everyMs).unref();
  return { tell, close: () => clearInterval(timer) };
}
