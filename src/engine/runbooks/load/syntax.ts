import { Environment } from '@marcbachmann/cel-js';

/** A node of CEL's syntax tree, as far as it is looked at. */
export interface Node {
  readonly op: string;
  readonly args: unknown;
}

/** What exists only once the plan is approved (ADR 7: late values). */
const LATE_CALLS: ReadonlySet<string> = new Set(['approval', 'now', 'stamp', 'emergency_log_path']);
const LATE_VARIABLES: ReadonlySet<string> = new Set(['run']);

const READER = new Environment({ unlistedVariablesAreDyn: true });

/** An expression's syntax tree; `null` when it is none, of which `check` tells. */
export function treeOf(text: string): Node | null {
  try {
    const { ast } = READER.parse(text);
    return isNode(ast) ? ast : null;
  } catch {
    return null;
  }
}

/** The diagnosis steps that an expression names: `head` for `diagnose.head.same` and for `diagnose["head"].same`. */
export function stepsNamed(tree: Node | null): string[] {
  const names = new Set<string>();
  eachNode(tree, (node) => {
    const name = memberOf('diagnose', node);
    if (name !== null) names.add(name);
  });
  return [...names];
}

/** Roles that an expression asks `approval()` for by name. */
export function rolesNamed(tree: Node | null): string[] {
  const roles: string[] = [];
  eachNode(tree, (node) => {
    if (callName(node) !== 'approval') return;
    const [, given] = node.args as readonly unknown[];
    const [role] = Array.isArray(given) ? (given as readonly unknown[]) : [];
    if (isNode(role) && role.op === 'value' && typeof role.args === 'string') roles.push(role.args);
  });
  return roles;
}

/** Whether an expression needs what exists only after the approval. */
export function isLate(tree: Node | null): boolean {
  return someNode(tree, (node) => {
    if (node.op === 'call') return LATE_CALLS.has(callName(node) ?? '');
    return node.op === 'id' && LATE_VARIABLES.has(String(node.args));
  });
}

/** Whether an expression uses `diagnose` without the name of a step: nobody could tell then which steps it needs. */
export function usesUnnamedStep(tree: unknown): boolean {
  let named = 0;
  let used = 0;
  eachNode(tree, (node) => {
    if (memberOf('diagnose', node) !== null) named += 1;
    if (node.op === 'id' && node.args === 'diagnose') used += 1;
  });
  return used > named;
}

/** The name of the function or method that a node calls. */
export function callName(node: Node): string | null {
  if (node.op !== 'call' && node.op !== 'rcall') return null;
  return Array.isArray(node.args) ? String(node.args[0]) : null;
}

export function someNode(node: unknown, test: (node: Node) => boolean): boolean {
  if (Array.isArray(node)) return node.some((one) => someNode(one, test));
  return isNode(node) && (test(node) || someNode(node.args, test));
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

/** The member of a variable that a node reads by its name: `variable.member` or `variable["member"]`. */
function memberOf(variable: string, { op, args }: Node): string | null {
  if ((op !== '.' && op !== '[]') || !Array.isArray(args)) return null;
  const [object, member] = args as readonly unknown[];
  if (!isNode(object) || object.op !== 'id' || object.args !== variable) return null;
  if (op === '.') return String(member);
  return isNode(member) && member.op === 'value' && typeof member.args === 'string' ? member.args : null;
}

function eachNode(node: unknown, see: (node: Node) => void): void {
  someNode(node, (one) => {
    see(one);
    return false;
  });
}
