import { App, HTTPReceiver, LogLevel } from '@slack/bolt';

/** What Tocsin is held against: a Bolt app over HTTP that acknowledges a slash command and does nothing else. */
const [, , port = '0', signingSecret = ''] = process.argv;
const receiver = new HTTPReceiver({ signingSecret, endpoints: ['/slack/events'], logLevel: LogLevel.ERROR });
const app = new App({ receiver, token: 'xoxb-bench', tokenVerificationEnabled: false, botId: 'B0', botUserId: 'U0', logLevel: LogLevel.ERROR });

app.command('/incident', async ({ ack }) => ack());
await app.start(Number(port));
console.log(`http://127.0.0.1:${port}/slack/events`);
