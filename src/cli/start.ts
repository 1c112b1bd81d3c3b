import { isConfigured } from '../config.ts';
import type { CliCommand } from './command.ts';
import { demo } from './demo.ts';

export const start: CliCommand = {
  name: 'start',
  usage: '',
  summary: 'Starts the bot; without any configuration, a local workspace to try it in.',
  flags: {},
  more: 'Configured means: SLACK_BOT_TOKEN is set, or there is a tocsin.yml (or TOCSIN_CONFIG names one).',
  async run() {
    if (!isConfigured()) return demo.run({ flags: {}, positionals: [] });
    const { runTocsin } = await import('../main.ts');
    await runTocsin();
    return 0;
  },
};
