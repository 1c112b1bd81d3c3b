/** `2 of 9 items of the checklist are done`. */
export function sayChecklist(done: number, items: number): string {
  return `${done} of ${items} ${items === 1 ? 'item' : 'items'} of the checklist ${items === 1 ? 'is' : 'are'} done`;
}
