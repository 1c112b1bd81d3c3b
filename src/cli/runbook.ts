import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { ACTION_REGISTRY, BUILT_IN, runbookFolders } from '../app/built-in.ts';
import { contextsOf } from '../app/contexts.ts';
import { githubPermissions, iamPolicy } from '../app/policy.ts';
import { loadConfig, loadEnvironment } from '../config/load.ts';
import { type CheckState, causesOf, worst } from '../domain/checks.ts';
import type { PlannedStep } from '../domain/records/data/plans.ts';
import type { ContextOptions } from '../engine/runbooks/deps.ts';
import { loadFile, openCatalogue } from '../engine/runbooks/load/catalogue.ts';
import type { Runbook } from '../engine/runbooks/load/runbook.ts';
import type { PreflightReport } from '../engine/runbooks/preflight/preflight.ts';
import { permissionsOf } from '../engine/runbooks/rights/rights.ts';
import { plural } from '../lib/plural.ts';
import { TYPED } from '../lib/typed.ts';
import { type Problem, sayProblem } from '../lib/yaml.ts';
import { askBot } from '../ops/control.ts';
import { namedClusters, rbacManifest } from '../rights/rbac.ts';
import { type CliCommand, type Invocation, textFlag, UsageError } from './command.ts';
import { paint, useColor } from './terminal.ts';

export const lintRunbooks: CliCommand = {
  name: 'runbook lint',
  words: Infinity,
  usage: '[FILE or DIR ...]',
  summary: 'Checks runbooks: schema, actions, inputs and expressions. Works offline.',
  flags: { json: { type: 'boolean', summary: 'Prints the problems as JSON.' } },
  more: 'Without a name: the runbooks that Tocsin comes with. Exit codes: 0 all are valid, 1 some are not.',
  async run(invocation) {
    const { runbooks, problems } = await read(invocation.positionals.length === 0 ? [BUILT_IN] : invocation.positionals);
    if (invocation.flags.json === true) console.log(JSON.stringify({ runbooks: runbooks.map(({ id }) => id), problems }, null, 2));
    else console.log(report(runbooks, problems));
    return problems.length === 0 ? 0 : 1;
  },
};

export const runbookRights: CliCommand = {
  name: 'runbook rights',
  usage: '',
  summary: 'Prints the Kubernetes Role that exactly these runbooks and targets need. Works offline.',
  flags: { context: { type: 'string', value: 'NAME', summary: 'Only what is for the cluster of this context of the kubeconfig.' } },
  more: `Reads tocsin.yml (TOCSIN_CONFIG). Example: ${TYPED} runbook rights > rbac.yaml`,
  async run(invocation) {
    const config = loadConfig();
    const { file } = config;
    const only = textFlag(invocation, 'context');
    const named = namedClusters(file);
    if (only !== undefined && !named.includes(only))
      throw new UsageError(`tocsin.yml names no context "${only}".${named.length === 0 ? '' : ` It names ${named.join(', ')}.`}`);
    const contexts = contextsOf(config);
    const catalogue = await openCatalogue({ folders: runbookFolders(file), actions: ACTION_REGISTRY });
    const runbooks = catalogue.list().filter(({ service }) => file.services[service] !== undefined);
    const missing = missingTargets();
    const deps = { actions: ACTION_REGISTRY, context: (options: ContextOptions) => contexts.create(options) };
    process.stdout.write(rbacManifest(deps, runbooks, file, { onUnknown: missing.onUnknown, ...(only === undefined ? {} : { only }) }));
    contexts.close();
    missing.tell();
    return 0;
  },
};

export const runbookPermissions: CliCommand = {
  name: 'runbook permissions',
  usage: '',
  summary: 'Prints the IAM policy that exactly these runbooks and targets need. Works offline.',
  flags: {
    role: { type: 'string', value: 'NAME', summary: 'The role that Tocsin runs as, whose own permissions it may look at (tocsin).' },
    github: { type: 'boolean', summary: 'Prints the permissions of the GitHub App instead.' },
  },
  more: `Reads tocsin.yml (TOCSIN_CONFIG). Example: ${TYPED} runbook permissions > tocsin-policy.json`,
  async run(invocation) {
    const config = loadConfig();
    const { file } = config;
    const contexts = contextsOf(config);
    const catalogue = await openCatalogue({ folders: runbookFolders(file), actions: ACTION_REGISTRY });
    const runbooks = catalogue.list().filter(({ service }) => file.services[service] !== undefined);
    const deps = { actions: ACTION_REGISTRY, context: (options: ContextOptions) => contexts.create(options) };
    const missing = missingTargets();
    const needed = permissionsOf(deps, runbooks, (service) => file.services[service]?.targets ?? {}, missing.onUnknown);
    const role = textFlag(invocation, 'role') ?? 'tocsin';
    console.log(JSON.stringify(invocation.flags.github === true ? githubPermissions(needed) : iamPolicy(needed, role), null, 2));
    contexts.close();
    missing.tell();
    return 0;
  },
};

export const runbookPreflight: CliCommand = {
  name: 'runbook preflight',
  words: 1,
  usage: 'SERVICE',
  summary: 'Asks the running bot whether each step of a service’s runbooks would work now. Changes nothing.',
  flags: { json: { type: 'boolean', summary: 'Prints the report as JSON.' } },
  more: 'Exit codes: 0 all would work, 1 something would not.',
  async run(invocation) {
    const [service] = invocation.positionals;
    if (service === undefined) throw new UsageError(`Say which service: ${TYPED} runbook preflight aureus`);
    const found = await askBot<PreflightReport>(loadEnvironment().TOCSIN_DATA, '/preflight', { service });
    console.log(invocation.flags.json === true ? JSON.stringify(found, null, 2) : preflightText(found));
    return found.steps.some(({ checks }) => worst(checks) === 'failure') ? 1 : 0;
  },
};

/** Collects what is not configured, and tells it at the end: each thing once, beside what was printed for the rest. */
function missingTargets() {
  const said = new Map<string, Set<string>>();
  return {
    onUnknown(runbook: Runbook, error: Error) {
      said.set(error.message, (said.get(error.message) ?? new Set()).add(runbook.id));
    },
    tell() {
      for (const [message, ids] of said) console.error(`tocsin: left out of ${[...ids].join(', ')}: ${message}`);
    },
  };
}

const INCIDENT = { type: 'string', value: 'INCIDENT', summary: 'The incident it is for, e.g. INC-2026-0042.' } as const;

export const runbookPlan: CliCommand = {
  name: 'runbook plan',
  words: Infinity,
  usage: 'RUNBOOK REMEDY [NAME=VALUE ...] --incident INCIDENT',
  summary: 'Asks the running bot what a remedy would change now. Changes nothing.',
  flags: { incident: INCIDENT, json: { type: 'boolean', summary: 'Prints the plan as JSON.' } },
  async run(invocation) {
    const plan = await askBot<ShownPlan>(loadEnvironment().TOCSIN_DATA, '/plan', remedyAsked(invocation));
    console.log(invocation.flags.json === true ? JSON.stringify(plan, null, 2) : planText(plan));
    return 0;
  },
};

export const runbookRun: CliCommand = {
  name: 'runbook run',
  words: Infinity,
  usage: 'RUNBOOK REMEDY [NAME=VALUE ...] --incident INCIDENT --reason TEXT',
  summary: 'Requests a remedy of the running bot. Approvals stay in Slack.',
  flags: { incident: INCIDENT, reason: { type: 'string', value: 'TEXT', summary: 'Why; recorded and shown to the approvers.' } },
  async run(invocation) {
    const reason = textFlag(invocation, 'reason');
    if (reason === undefined) throw new UsageError('Say why: --reason "the frontend does not come up"');
    const body = { ...remedyAsked(invocation), reason, id: randomUUID() };
    const { requested, incident, needs } = await askBot<{ requested: string; incident: string; needs: string[] }>(
      loadEnvironment().TOCSIN_DATA,
      '/run',
      body,
    );
    console.log(`✓ ${incident}: “${requested}” is requested.${needs.length === 0 ? '' : ` It waits in Slack for: ${needs.join(', ')}.`}`);
    return 0;
  },
};

function remedyAsked(invocation: Invocation): { incident: string; runbook: string; remedy: string; arguments: Record<string, string> } {
  const [runbook, remedy, ...rest] = invocation.positionals;
  const incident = textFlag(invocation, 'incident');
  if (runbook === undefined || remedy === undefined || incident === undefined) {
    throw new UsageError(`Say which: ${TYPED} runbook plan aureus/frontend-down restart --incident INC-2026-0042`);
  }
  const pairs = rest.map((text) => {
    const [, name, value] = /^([a-z][a-z0-9_]*)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined) throw new UsageError(`"${text}" is not an argument. Arguments look like server=web-1.`);
    return [name, value] as const;
  });
  return { incident, runbook, remedy, arguments: Object.fromEntries(pairs) };
}

interface ShownPlan {
  readonly hash: string;
  readonly title: string;
  readonly risk: string;
  readonly needs: readonly string[];
  readonly changes: boolean;
  readonly steps: readonly PlannedStep[];
}

function planText({ title, risk, needs, changes, steps, hash }: ShownPlan): string {
  const color = useColor();
  const shown = steps.flatMap(({ summary, diff, no_plan, notes }, i) => [
    `${i + 1}. ${summary}`,
    ...(diff ?? '')
      .split('\n')
      .filter(Boolean)
      .map((line) => `   ${paint(line.startsWith('+') ? 'green' : line.startsWith('-') ? 'red' : 'dim', line, color)}`),
    ...(no_plan === null ? [] : [`   ${paint('yellow', `no plan possible: ${no_plan}`, color)}`]),
    ...notes.map((note) => `   ${paint('dim', note, color)}`),
  ]);
  const approvals = needs.length === 0 ? 'Needs no approval.' : `Needs: ${needs.join(', ')}.`;
  return [`${title} (${risk}). ${changes ? approvals : 'Nothing to change.'}`, '', ...shown, '', paint('dim', `plan ${hash}`, color)].join('\n');
}

function preflightText({ service, runbooks, steps }: PreflightReport): string {
  const color = useColor();
  const marks: Readonly<Record<CheckState, string>> = {
    ok: paint('green', '✓', color),
    unknown: paint('yellow', '?', color),
    warning: paint('yellow', '!', color),
    failure: paint('red', '✗', color),
  };
  const lines = steps.map(({ runbook, step, uses, checks }) => `${marks[worst(checks)]} ${runbook} ${step} ${paint('dim', uses, color)}`);
  const causes = causesOf(steps.map(({ runbook, step, checks }) => ({ place: `${runbook} ${step}`, checks }))).flatMap(
    ({ state, what, advice, places }) => [
      `${marks[state]} ${places.length === 1 ? (places[0] ?? '') : plural(places.length, 'step')}: ${what}`,
      ...(advice === null ? [] : [paint('dim', `  → ${advice}`, color)]),
    ],
  );
  const count = (state: CheckState) => steps.filter(({ checks }) => worst(checks) === state).length;
  const verdict = [
    ...(count('failure') === 0 ? [] : [`${count('failure')} would not work`]),
    ...(count('unknown') === 0 ? [] : [`${count('unknown')} could not be checked`]),
  ];
  const end = `${service}: ${plural(runbooks, 'runbook')}, ${plural(steps.length, 'step')}, ${verdict.length === 0 ? 'all would work' : verdict.join(', ')}.`;
  return [...lines, '', ...causes, ...(causes.length === 0 ? [] : ['']), end].join('\n');
}

async function read(places: readonly string[]): Promise<{ runbooks: readonly Runbook[]; problems: readonly Problem[] }> {
  const runbooks: Runbook[] = [];
  const problems: Problem[] = [];
  for (const place of places) {
    if (isDirectory(place)) {
      const catalogue = await openCatalogue({ folders: [place], actions: ACTION_REGISTRY });
      runbooks.push(...catalogue.list());
      problems.push(...catalogue.problems());
      continue;
    }
    const loaded = await loadFile(place, ACTION_REGISTRY);
    if (loaded.ok) runbooks.push(loaded.runbook);
    else problems.push(...loaded.problems);
  }
  return { runbooks, problems };
}

function isDirectory(place: string): boolean {
  try {
    return statSync(place).isDirectory();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    throw new UsageError(code === 'ENOENT' ? `There is no file or directory ${place}.` : `${place} cannot be read (${code}).`, { cause });
  }
}

function report(runbooks: readonly Runbook[], problems: readonly Problem[]): string {
  const color = useColor();
  const good = runbooks.map(({ id, diagnose, remedies }) => {
    const counts = `${plural(Object.keys(diagnose).length, 'step')}, ${plural(Object.keys(remedies).length, 'remedy', 'remedies')}`;
    return `${paint('green', '✓', color)} ${id} ${paint('dim', counts, color)}`;
  });
  const bad = problems.map((problem) => `${paint('red', '✗', color)} ${sayProblem(problem)}`);
  const end = problems.length === 0 ? `${plural(runbooks.length, 'runbook is', 'runbooks are')} valid.` : `${plural(problems.length, 'problem')}.`;
  return [...good, ...bad, '', end].join('\n');
}
