import { clamp } from '../../lib/clamp.ts';

/** Characters of a finding in an update. */
const LINE = 200;
/** Words that begin what somebody should do: whoever reads an update has nothing to do. */
const INSTRUCTION = /^(?:Ask|Check|Choose|Diagnose|Find|Fix|Look|Mend|Press|Put|Restart|Revert|Run|See|Use|Wait)\b/;
/** What Kubernetes adds to a workload's name for one of its pods. */
const POD = /\b([a-z0-9]+(?:-[a-z0-9]+)*?)-[a-f0-9]{6,10}-[a-z0-9]{5}\b/g;

/** A finding as a sentence for those who only follow: what is wrong, without what to do about it and without names of pods. */
export function inOneLine(says: string): string {
  const sentences = says.split(/(?<=[.!?])\s+|\n+/).map((one) => one.trim());
  const first = sentences.find((one) => one !== '' && !INSTRUCTION.test(one)) ?? '';
  const line = clamp(first.replaceAll(POD, 'a pod of $1'), LINE);
  return line === '' || /[.!?…]$/.test(line) ? line : `${line}.`;
}
