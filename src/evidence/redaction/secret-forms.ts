/**
 * Shorter values are not looked for: as parts of ordinary words and numbers they would black out the record itself.
 * In characters.
 */
const MIN_SECRET_LENGTH = 4;

/** Below this, pieces of base64 and lines of a longer secret are too short to mean anything. In characters. */
const MIN_PIECE_LENGTH = 8;

/**
 * The texts under which a secret may turn up, longest first: as it is, as its lines, inside JSON, base64 and base64url (also where it
 * is the middle of something longer, as in `Authorization: Basic`), and URL-encoded (docs/explanation/security.md#secrets).
 */
export function secretForms(secret: string): string[] {
  const forms = new Set<string>();
  for (const value of new Set([secret, secret.trim(), ...passwordsOf(secret)])) {
    if (value.length < MIN_SECRET_LENGTH) continue;
    for (const form of plainForms(value)) forms.add(form);
    for (const form of base64Forms(value)) forms.add(form);
  }
  return [...forms].sort(longestFirst);
}

/** Of an address, its password on its own, as it is written there and decoded; not one that is also a name in it, which is no secret. */
function passwordsOf(secret: string): string[] {
  const [, user = '', password = '', rest = ''] = /^[a-z][a-z0-9+.-]*:\/\/([^:@/]*):(.*)@([^@]*)$/is.exec(secret.trim()) ?? [];
  if (password === user || rest.split(/[:/?&=]/).includes(password)) return [];
  return [password, decodedUrl(password)];
}

function decodedUrl(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function plainForms(value: string): string[] {
  const lines = value.split(/\r?\n/).filter((line) => line.length >= MIN_PIECE_LENGTH && !line.startsWith('-----'));
  return [value, JSON.stringify(value).slice(1, -1), ...lines, ...urlForms(value)];
}

/** As encodeURIComponent leaves it, with everything encoded that RFC 3986 reserves, as forms do, and each with lower-case hex. */
function urlForms(value: string): string[] {
  const encoded = encodeURIComponent(value.toWellFormed());
  const strict = encoded.replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  const form = new URLSearchParams([['', value]]).toString().slice(1);
  const upper = [encoded, strict, form];
  return [...upper, ...upper.map((text) => text.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()))];
}

function base64Forms(value: string): string[] {
  const forms: string[] = [];
  for (const text of new Set([value, `${value}\n`])) {
    const bytes = Buffer.from(text, 'utf8');
    const padded = bytes.toString('base64');
    forms.push(padded, padded.replaceAll('=', ''), bytes.toString('base64url'), ...urlForms(padded));
  }
  const bytes = Buffer.from(value, 'utf8');
  for (const offset of [0, 1, 2])
    forms.push(...[inner(bytes, offset, 'base64'), inner(bytes, offset, 'base64url')].filter((form) => form.length >= MIN_PIECE_LENGTH));
  return forms;
}

/** The characters of base64 that depend on the secret alone when it starts `offset` bytes (modulo 3) into what was encoded. */
function inner(bytes: Buffer, offset: number, encoding: 'base64' | 'base64url'): string {
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString(encoding);
  const first = Math.ceil((offset * 8) / 6);
  const end = Math.floor(((offset + bytes.length) * 8) / 6);
  return encoded.slice(first, end);
}

function longestFirst(left: string, right: string): number {
  return right.length - left.length;
}
