/** To whom an incident goes by its conditions; L1 is who is called first and the line behind them. */
export const LEVELS = ['L2', 'L3'] as const;
export type Level = (typeof LEVELS)[number];

/** What people mark beside customer impact and data exposure. Stored in records: never rename one. */
export const MARKS = ['several-services', 'data-loss', 'breach', 'regulation', 'compliance', 'media'] as const;
export type Mark = (typeof MARKS)[number];

/** What leads to a level (SK-60). `unresolved` comes by time, the others by what people record. */
export const CONDITIONS = ['unresolved', ...MARKS, 'data', 'customers'] as const;
export type Condition = (typeof CONDITIONS)[number];

export const LEVEL_OF: Readonly<Record<Condition, Level>> = {
  unresolved: 'L2',
  'several-services': 'L2',
  'data-loss': 'L2',
  breach: 'L2',
  data: 'L3',
  regulation: 'L3',
  compliance: 'L3',
  customers: 'L3',
  media: 'L3',
};

const STATEMENTS: Readonly<Record<Exclude<Condition, 'unresolved'>, string>> = {
  'several-services': 'Several services are affected',
  'data-loss': 'Data loss is suspected',
  breach: 'A security breach is confirmed',
  data: 'Sensitive data is exposed',
  regulation: 'Regulatory requirements are affected',
  compliance: 'Compliance is violated',
  customers: 'Customers are affected',
  media: 'Media or the public are involved',
};

/** A condition in words, without a full stop. */
export function stateCondition(condition: Exclude<Condition, 'unresolved'>): string {
  return STATEMENTS[condition];
}

/** Why it is escalated, as sentences. */
export function sayConditions(conditions: readonly Exclude<Condition, 'unresolved'>[]): string {
  return conditions.map((one) => `${stateCondition(one)}.`).join(' ');
}

const MARK_WORDS: Readonly<Record<Mark, string>> = {
  'several-services': 'several services',
  'data-loss': 'data loss suspected',
  breach: 'breach confirmed',
  regulation: 'regulation affected',
  compliance: 'compliance violated',
  media: 'media involved',
};

export function sayMark(mark: Mark): string {
  return MARK_WORDS[mark];
}
