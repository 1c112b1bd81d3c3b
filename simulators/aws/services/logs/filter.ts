/**
 * A filter pattern of CloudWatch Logs as a test; user guide, "Filter pattern syntax". Terms (`ERROR`, `"access denied"`, `?a ?b`, `-c`) and
 * comparisons of JSON fields (`{ $.LogLevel = "Error" && $.ErrorCode != "" }`, with `&&`, `||` and brackets) are known. `null`: not a pattern.
 */
export function parseFilter(pattern: string): ((message: string) => boolean) | null {
  const trimmed = pattern.trim();
  if (trimmed === '') return () => true;
  return trimmed.startsWith('{') ? parseJsonFilter(trimmed) : parseTerms(trimmed);
}

function parseTerms(pattern: string): ((message: string) => boolean) | null {
  const tokens = pattern.match(/[?-]?(?:"[^"]*"|[^\s"]+)/g) ?? [];
  if (tokens.join('').length !== pattern.replace(/\s+(?=(?:[^"]*"[^"]*")*[^"]*$)/g, '').length) return null;
  const terms = tokens.map((token) => ({ kind: /^[?-]/.exec(token)?.[0] ?? '', text: token.replace(/^[?-]/, '').replace(/^"|"$/g, '') }));
  const of = (kind: string): string[] => terms.filter((term) => term.kind === kind).map(({ text }) => text);
  const [all, any, none] = [of(''), of('?'), of('-')];
  return (message) =>
    all.every((text) => message.includes(text)) &&
    !none.some((text) => message.includes(text)) &&
    (any.length === 0 || any.some((text) => message.includes(text)));
}

type Test = (record: unknown) => boolean;

const TOKEN = /\s*(&&|\|\||\(|\)|!=|<=|>=|=|<|>|\$(?:\.[A-Za-z_]\w*|\[\d+\])+|"[^"]*"|[^\s()=!<>&|"]+)/y;

function parseJsonFilter(pattern: string): ((message: string) => boolean) | null {
  if (!pattern.endsWith('}')) return null;
  const tokens = tokenize(pattern.slice(1, -1));
  if (tokens === null) return null;
  let at = 0;
  const next = (): string => tokens[at++] ?? '';
  const peek = (): string => tokens[at] ?? '';

  function comparison(): Test | null {
    if (peek() === '(') {
      next();
      const inner = either();
      return next() === ')' ? inner : null;
    }
    const [selector, operator, value] = [next(), next(), next()];
    return selector.startsWith('$') && value !== '' ? compare(selector, operator, value) : null;
  }
  function joined(operator: string, operand: () => Test | null, join: (left: Test, right: Test) => Test): Test | null {
    let left = operand();
    while (left !== null && peek() === operator) {
      next();
      const right = operand();
      const before = left;
      left = right === null ? null : join(before, right);
    }
    return left;
  }
  const both = (): Test | null => joined('&&', comparison, (left, right) => (record) => left(record) && right(record));
  const either = (): Test | null => joined('||', both, (left, right) => (record) => left(record) || right(record));

  const test = either();
  if (test === null || at < tokens.length) return null;
  return (message) => {
    const record = parse(message);
    return record !== undefined && test(record);
  };
}

function tokenize(text: string): string[] | null {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const found = TOKEN.exec(text)?.[1];
    if (found === undefined) return null;
    tokens.push(found);
  }
  return tokens;
}

function compare(selector: string, operator: string, token: string): Test | null {
  const wanted = token.replace(/^"|"$/g, '');
  const number = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN);
  const same = (value: unknown): boolean =>
    value !== undefined &&
    new RegExp(`^${wanted.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`, 's').test(
      typeof value === 'string' ? value : JSON.stringify(value),
    );
  const tests: Readonly<Record<string, (value: unknown) => boolean>> = {
    '=': same,
    '!=': (value) => value !== undefined && !same(value),
    '<': (value) => number(value) < Number(wanted),
    '<=': (value) => number(value) <= Number(wanted),
    '>': (value) => number(value) > Number(wanted),
    '>=': (value) => number(value) >= Number(wanted),
  };
  const test = tests[operator];
  return test === undefined ? null : (record) => test(at(record, selector));
}

function at(record: unknown, selector: string): unknown {
  const path = selector.match(/[A-Za-z_]\w*|\d+/g) ?? [];
  return path.reduce<unknown>(
    (value, name) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined),
    record,
  );
}

function parse(message: string): unknown {
  try {
    return JSON.parse(message) as unknown;
  } catch {
    return undefined;
  }
}
