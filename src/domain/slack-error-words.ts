const MEANINGS: Readonly<Record<string, string>> = {
  app_removed: 'Tocsin was removed from it',
  cannot_dm_bot: 'it is a bot',
  cannot_reply_to_message: 'the thread is gone',
  canvas_creation_failed: 'Slack could not create it',
  canvas_deleted: 'somebody deleted it',
  canvas_disabled_user_team: 'canvases are off in this workspace',
  canvas_editing_failed: 'Slack did not take the change',
  canvas_editing_locked: 'somebody locked it',
  canvas_not_found: 'somebody deleted it, or Tocsin may no longer see it',
  canvas_tab_creation_failed: 'Slack could not create it',
  canvas_too_large: 'it is too long',
  channel_canvas_already_exists: 'somebody made a canvas there, and Tocsin leaves it as it is',
  channel_canvas_creation_failed: 'Slack could not create it',
  channel_not_found: 'Slack does not know the channel, or Tocsin is not in it',
  empty: 'nobody is in that group',
  free_team_canvas_tab_already_exists: 'the workspace’s plan has one canvas in a channel, and there is one',
  free_teams_cannot_create_non_tabbed_canvases: 'the workspace’s plan does not include it',
  free_teams_cannot_create_standalone_canvases: 'the workspace’s plan does not include it',
  free_teams_cannot_edit_standalone_canvases: 'the workspace’s plan does not include it',
  is_archived: 'it is archived',
  made_public: 'it is no longer private',
  missing_scope: 'the app lacks a permission',
  no_answer: 'Slack does not answer',
  no_one_on_call: 'nobody is on call, or nobody else is in that rota',
  no_permission: 'Slack does not permit it',
  no_such_subteam: 'Slack does not know the group, or it is disabled',
  not_in_channel: 'not a member of the channel',
  permission_denied: 'the workspace’s settings forbid it',
  restricted_action: 'the workspace’s settings forbid it',
  shared_outside: 'it is shared with another organisation',
  team_tier_cannot_create_channel_canvases: 'the workspace’s plan has no canvases for channels',
  too_long: 'the topic would be longer than 250 characters',
  user_disabled: 'the account is deactivated',
  user_not_found: 'Slack does not know the person',
  user_not_visible: 'Slack does not let Tocsin see the person',
};

/** What an error of Slack means, with its code for whoever looks it up. */
export function saySlackError(code: string): string {
  const meaning = MEANINGS[code];
  return meaning === undefined ? code : `${meaning} (${code})`;
}
