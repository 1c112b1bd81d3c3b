import { approvals } from './approvals/index.ts';
import { bypass } from './bypass/index.ts';
import type { SlashCommand } from './command.ts';
import { drift } from './drift/index.ts';
import { drill } from './drill/index.ts';
import { incident } from './incident/index.ts';
import { oncall } from './oncall/index.ts';
import { page } from './page/index.ts';
import { runbook } from './runbook/index.ts';
import { sync } from './sync/index.ts';

/** Every slash command. To add one: a folder here and its line. */
export const COMMANDS: readonly SlashCommand[] = [incident, oncall, page, runbook, bypass, approvals, drift, sync, drill];
