/** An address as everybody in a channel may read it: who has it knows it, and nobody else learns it. `j…@example.com`. */
export function maskAddress(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 1 ? '…' : `${address.slice(0, 1)}…${address.slice(at)}`;
}

/** A text with every address in it masked. */
export function maskAddresses(text: string): string {
  return text.replaceAll(/[^\s<>@"'(),;:]+@[^\s<>@"'(),;:]+/g, maskAddress);
}
