/** An argument for a line of redis-cli's standard input: in double quotes, every byte that is not plain as `\xHH`. */
export function argument(text: string): string {
  const bytes = [...Buffer.from(text, 'utf8')];
  const plain = (byte: number) => byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;
  return `"${bytes.map((byte) => (plain(byte) ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`)).join('')}"`;
}

/** `name:value` lines of INFO. */
export function parseInfo(lines: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    lines.flatMap((line) => {
      const colon = line.indexOf(':');
      return line.startsWith('#') || colon === -1 ? [] : [[line.slice(0, colon), line.slice(colon + 1).trim()] as const];
    }),
  );
}

/** Whether a line is an error: Redis begins them with a word in capitals. A line of data may look the same, so ask only where none can be. */
export function isError(line: string): boolean {
  return /^(\(error\) )?[A-Z]{3,} \S/.test(line);
}
