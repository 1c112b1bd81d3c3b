/** A Jira Cloud to develop and test against, with one project in it. */
export { JiraSimulator, type JiraSimulatorOptions } from './simulator.ts';
