import { isConfigured } from '../config/load.ts';
import { TYPED } from '../lib/typed.ts';
import { type CliCommand, UsageError } from './command.ts';
import { demo } from './demo.ts';

export const start: CliCommand = {
  name: 'start',
  words: Infinity,
  usage: '[--port N] [--data DIR]',
  summary: 'Starts the bot; without any configuration, a local workspace to try it in.',
  flags: demo.flags,
  more: `Configured means: SLACK_BOT_TOKEN is set, or there is a tocsin.yml (or TOCSIN_CONFIG names one). The options are the local
workspace's; a configured bot takes its settings from tocsin.yml and the environment. With npm: npm start -- --port 4000`,
  async run(invocation) {
    if (!isConfigured()) return demo.run(invocation);
    const [flag] = Object.keys(invocation.flags);
    if (flag !== undefined || invocation.positionals.length > 0)
      throw new UsageError(
        `This bot is configured, and ${flag === undefined ? `"${invocation.positionals[0]}"` : `--${flag}`} is for the local workspace. Set PORT and the other settings in the environment, or run: ${TYPED} demo.`,
      );
    const { runTocsin } = await import('../main.ts');
    return runTocsin();
  },
};
