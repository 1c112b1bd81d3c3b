/** How an issue says which action item it is of. */
interface Mark {
  readonly incident: string;
  readonly number: number;
  readonly record: string;
}

const MARK = /\btocsin:(INC-\d{4}-\d{4,9})\/(\d{1,3}):([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b/;

/** `tocsin:INC-2026-0042/2:RECORD`: what is written into an issue, so that it is found again. */
export function writeMark({ incident, number, record }: Mark): string {
  return `tocsin:${incident}/${number}:${record}`;
}

/** The first mark in a text; `null` when there is none. */
export function readMark(text: string): Mark | null {
  const [, incident, number, record] = MARK.exec(text) ?? [];
  return incident === undefined || record === undefined ? null : { incident, number: Number(number), record };
}
