const AUTHORITY = /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^/?#@]*)(.*)$/s;

/** An address of a database in its parts: several hosts stand there with commas between. `null` for what is none. */
export function splitAddress(url: string): { readonly before: string; readonly hosts: readonly string[]; readonly after: string } | null {
  const [, before, authority = '', after = ''] = AUTHORITY.exec(url) ?? [];
  return before === undefined ? null : { before, hosts: authority.split(','), after };
}

/** Whether the driver reads from it what was meant: a bare `#` or `/` in a password ends the address. */
export function isDatabaseAddress(text: string): boolean {
  const parts = splitAddress(text);
  return (
    parts?.hosts.every((host) => {
      const url = URL.parse(`${parts.before}${host}${parts.after}`);
      return url !== null && url.hash === '' && !url.pathname.slice(1).includes('@');
    }) === true
  );
}
