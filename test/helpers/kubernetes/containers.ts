import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Which containers are meant; a pod or container that is not named stands for all without a folder of their own. */
export interface ContainerName {
  readonly namespace: string;
  readonly pod?: string;
  readonly container?: string;
}

/** What a container's logs and exec show: files that kubelet.go reads at every request, so that a change counts at once. */
export class TestContainer {
  /** Where its commands run. */
  readonly root: string;
  readonly #folder: string;

  constructor(containers: string, name: ContainerName) {
    this.#folder = join(containers, name.namespace, name.pod ?? '_', name.container ?? '_');
    this.root = join(this.#folder, 'root');
    for (const part of [this.root, join(this.#folder, 'bin')]) mkdirSync(part, { recursive: true });
  }

  /** Adds lines to its log; `at` is when it said them. */
  say(lines: readonly string[], at: Date = new Date(), stream: 'stdout' | 'stderr' = 'stdout'): void {
    appendFileSync(join(this.#folder, 'log'), runtimeLines(lines, at, stream));
  }

  /** Adds lines to the log of the run before the last restart. */
  saidBefore(lines: readonly string[], at: Date = new Date()): void {
    appendFileSync(join(this.#folder, 'previous.log'), runtimeLines(lines, at, 'stdout'));
  }

  /** The environment of its commands, instead of the former one. */
  setEnvironment(environment: Readonly<Record<string, string>>): void {
    writeFileSync(join(this.#folder, 'environment.json'), JSON.stringify(environment));
  }

  /**
   * While it waits to start its logs and commands are refused as a node refuses them; null lets it run. The pod's status is not changed:
   * see the annotation in stages.yaml.
   */
  wait(reason: string | null): void {
    const file = join(this.#folder, 'waiting');
    if (reason === null) rmSync(file, { force: true });
    else writeFileSync(file, reason);
  }

  /** Puts a script first in its commands' PATH, with `#!` as its first line. */
  addProgram(name: string, script: string): void {
    writeFileSync(join(this.#folder, 'bin', name), script, { mode: 0o755 });
  }
}

/** As a container runtime writes them: time, stream, F for a full line, text. */
function runtimeLines(lines: readonly string[], at: Date, stream: string): string {
  return lines.map((line) => `${at.toISOString().replace('Z', '000000Z')} ${stream} F ${line}\n`).join('');
}
