const MEANINGS: Readonly<Record<string, string>> = {
  app_removed: 'Tocsin was removed from it',
  cannot_dm_bot: 'it is a bot',
  cannot_reply_to_message: 'the thread is gone',
  channel_not_found: 'Slack does not know the channel, or Tocsin is not in it',
  empty: 'nobody is in that group',
  is_archived: 'it is archived',
  made_public: 'it is no longer private',
  shared_outside: 'it is shared with another organisation',
  permission_denied: 'the workspace’s settings forbid it',
  too_long: 'the topic would be longer than 250 characters',
  no_answer: 'Slack does not answer',
  no_permission: 'Slack does not permit it',
  no_such_subteam: 'Slack does not know the group, or it is disabled',
  not_in_channel: 'not a member of the channel',
  no_one_on_call: 'nobody is on call, or nobody else is in that rota',
  restricted_action: 'the workspace’s settings forbid it',
  user_disabled: 'the account is deactivated',
  user_not_found: 'Slack does not know the person',
  user_not_visible: 'Slack does not let Tocsin see the person',
};

/** What an error of Slack means, with its code for whoever looks it up. */
export function saySlackError(code: string): string {
  const meaning = MEANINGS[code];
  return meaning === undefined ? code : `${meaning} (${code})`;
}
