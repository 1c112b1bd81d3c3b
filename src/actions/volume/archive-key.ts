/** Longer keys are refused by the store. In characters. */
const MAX_KEY = 400;

/**
 * The key under which a file is archived: its path below the volume, where other characters than plain ASCII names have them are
 * written as `_x` and two hex digits a byte. Different paths have different keys. `null` when it would be too long.
 */
export function archiveKey(relative: string): string | null {
  const key = relative
    .split('/')
    .filter((segment) => segment !== '')
    .map(encodeSegment)
    .join('/');
  return key === '' || key.length > MAX_KEY ? null : key;
}

function encodeSegment(segment: string): string {
  const bytes = Buffer.from(segment.toWellFormed(), 'utf8');
  let encoded = '';
  for (const [index, byte] of bytes.entries()) {
    const character = String.fromCharCode(byte);
    // A dot at the beginning hides a file, and `_x` is what we write ourselves.
    const plain = index === 0 ? /[A-Za-z0-9_-]/.test(character) : /[A-Za-z0-9._-]/.test(character);
    const ours = character === '_' && bytes[index + 1] === 0x78;
    encoded += plain && !ours ? character : `_x${byte.toString(16).padStart(2, '0')}`;
  }
  return encoded;
}
