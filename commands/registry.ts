import type { SlashCommand } from './command.ts';
import { incident } from './incident/index.ts';

/** Every slash command. To add one: a folder here and its line. */
export const COMMANDS: readonly SlashCommand[] = [incident];
