import { setFlagsFromString } from 'node:v8';

/** For a process that does one thing and ends: it collects its garbage early, and needs half the memory for as good as the same time. */
export function spareMemory(): void {
  setFlagsFromString('--optimize-for-size');
}
