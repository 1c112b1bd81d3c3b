/** A PagerDuty to develop and test against: the Events API v2, schedules, services and on-calls of the REST API v2, and webhooks of version 3. */
export type { CoveredService, OnCallEntry } from './cover.ts';
export type { PageFault } from './faults.ts';
export type { PagedIncident } from './incidents.ts';
export type { PlannedSchedule } from './schedules.ts';
export { type PagerDutySimulator, type PagerDutySimulatorOptions, startPagerDutySimulator } from './simulator.ts';
