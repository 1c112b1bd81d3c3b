/** The triage tree of Provability-Fabric's incident response playbook, as data. Node ids are those of its flowchart. */

type NodeKind = 'start' | 'question' | 'step' | 'false-positive' | 'incident' | 'end';

export interface TreeNode {
  readonly id: string;
  readonly kind: NodeKind;
  readonly title: string;
}

export interface TreeEdge {
  readonly from: string;
  readonly to: string;
  /** The condition as the playbook has it; empty where there is only one way. */
  readonly label: string;
}

export const NODES: readonly TreeNode[] = [
  { id: 'A', kind: 'start', title: 'GuardTrip event' },
  { id: 'B', kind: 'question', title: 'Is it a false positive?' },
  { id: 'C', kind: 'step', title: 'Investigate the root cause' },
  { id: 'E', kind: 'question', title: 'Check the risk score' },
  { id: 'F', kind: 'false-positive', title: 'False positive: adjust thresholds' },
  { id: 'H', kind: 'incident', title: 'Legitimate incident' },
  { id: 'G', kind: 'step', title: 'Investigate further' },
  { id: 'I', kind: 'question', title: 'Check the heartbeat misses' },
  { id: 'J', kind: 'false-positive', title: 'False positive: network issue' },
  { id: 'K', kind: 'incident', title: 'Legitimate incident' },
  { id: 'L', kind: 'end', title: 'Update the monitoring rules' },
  { id: 'D', kind: 'end', title: 'Proceed with the rollback' },
  { id: 'M', kind: 'end', title: 'Execute the rollback' },
  { id: 'N', kind: 'end', title: 'Monitor the recovery' },
  { id: 'O', kind: 'end', title: 'Post-incident review' },
];

export const EDGES: readonly TreeEdge[] = [
  { from: 'A', to: 'B', label: '' },
  { from: 'B', to: 'D', label: 'No' },
  { from: 'B', to: 'C', label: 'Yes, or not known yet' },
  { from: 'C', to: 'E', label: '' },
  { from: 'E', to: 'F', label: 'Low: below 0.5' },
  { from: 'E', to: 'H', label: 'High: 0.8 or more' },
  { from: 'E', to: 'G', label: 'Medium: 0.5 to below 0.8' },
  { from: 'G', to: 'I', label: '' },
  { from: 'I', to: 'J', label: 'Fewer than 3 misses' },
  { from: 'I', to: 'K', label: '3 misses or more' },
  { from: 'F', to: 'L', label: '' },
  { from: 'J', to: 'L', label: '' },
  { from: 'H', to: 'D', label: '' },
  { from: 'K', to: 'D', label: '' },
  { from: 'D', to: 'M', label: '' },
  { from: 'M', to: 'N', label: '' },
  { from: 'N', to: 'O', label: '' },
];

/** A range of the playbook's tables: `from` belongs to it, `below` to the next one. */
export interface Band {
  readonly from: number;
  readonly below: number;
  readonly range: string;
  readonly action: string;
  readonly likelihood: string;
}

/** Step 2 of the playbook (PF-03), with each boundary in the range above it. */
export const RISK_BANDS: readonly Band[] = [
  { from: 0, below: 0.3, range: '0.0 to below 0.3', action: 'Investigate', likelihood: 'high' },
  { from: 0.3, below: 0.5, range: '0.3 to below 0.5', action: 'Monitor', likelihood: 'medium' },
  { from: 0.5, below: 0.8, range: '0.5 to below 0.8', action: 'Investigate', likelihood: 'low' },
  { from: 0.8, below: Number.POSITIVE_INFINITY, range: '0.8 to 1.0', action: 'Proceed with rollback', likelihood: 'very low' },
];

/** Step 3 of the playbook (PF-04). It says nothing of no miss at all. */
export const MISSES_BANDS: readonly Pick<Band, 'from' | 'below' | 'range' | 'action'>[] = [
  { from: 0, below: 1, range: 'no miss', action: 'The playbook has no row for it' },
  { from: 1, below: 3, range: '1 or 2 misses', action: 'Likely a network issue' },
  { from: 3, below: 5, range: '3 or 4 misses', action: 'Suspicious activity' },
  { from: 5, below: Number.POSITIVE_INFINITY, range: '5 misses or more', action: 'High probability of compromise' },
];

/** Below it, risk is low. */
export const MEDIUM_FROM = 0.5;
/** From here, risk is high. */
export const HIGH_FROM = 0.8;
/** So many misses make a medium risk an incident. */
export const MISSES_FROM = 3;

/** Boundaries of which the playbook's tree or table does not say to which range they belong. */
export const OPEN_BOUNDARIES: readonly number[] = [0.3, 0.5, 0.8];

/** The one rule for what the playbook leaves open (docs/explanation/guard-trip-triage.md). */
export const RULE = 'Where the playbook says nothing, or says two things, the more serious reading counts.';

/** A name for an edge that is unique in the tree. */
export function edgeId({ from, to }: Pick<TreeEdge, 'from' | 'to'>): string {
  return `${from}-${to}`;
}

/** @throws Error when the tree has no such node. */
export function nodeOf(id: string): TreeNode {
  const node = NODES.find((one) => one.id === id);
  if (node === undefined) throw new Error(`The triage tree has no node ${id}.`);
  return node;
}
