import { randomUUID } from 'node:crypto';

/** The body of a slash command as Slack sends it; `slackUrl` stands for Slack (programs/slack.ts): docs.slack.dev/interactivity/implementing-slash-commands. */
export function command(slackUrl: string, { user, text }: { user: string; text: string }): string {
  return new URLSearchParams({
    token: 'verification-token',
    team_id: 'T0TOCSIN',
    team_domain: 'northwind',
    channel_id: 'C0INCIDENTS',
    channel_name: 'incidents',
    user_id: user,
    user_name: user.toLowerCase(),
    command: '/incident',
    text,
    api_app_id: 'A0TOCSIN',
    is_enterprise_install: 'false',
    response_url: `${slackUrl}/response/${randomUUID()}`,
    trigger_id: randomUUID(),
  }).toString();
}
