import { SlackError } from '../slack-error.ts';
import { knownUser } from './access.ts';
import { arg, method } from './method.ts';
import { page } from './pages.ts';
import { usergroupObject, userObject } from './shapes.ts';

/** Users, user groups and the team. */
export const peopleMethods = [
  method({
    name: 'users.info',
    scopes: ['users:read'],
    args: { user: arg.id(), include_locale: arg.flag().optional() },
    run(context, args) {
      const known = knownUser(context, args.user);
      const user = userObject(context.workspace, known);
      const isShown = known.email !== undefined && context.provided.includes('users:read.email');
      return { user: isShown ? { ...user, profile: { ...(user['profile'] as object), email: known.email } } : user };
    },
  }),
  method({
    name: 'users.lookupByEmail',
    scopes: ['users:read.email'],
    args: { email: arg.text() },
    run({ workspace }, args) {
      const wanted = args.email.toLowerCase();
      const user = [...workspace.users.values()].find(({ email, deleted }) => !deleted && email?.toLowerCase() === wanted);
      if (user === undefined) throw new SlackError('users_not_found');
      return { user: userObject(workspace, user) };
    },
  }),
  method({
    name: 'users.list',
    scopes: ['users:read'],
    args: { cursor: arg.text().optional(), limit: arg.whole().optional(), include_locale: arg.flag().optional() },
    run(context, args) {
      const { workspace } = context;
      const { items, response_metadata } = page([...workspace.users.values()], args, { byDefault: 200, max: 1000, refusal: 'invalid_arguments' });
      return { members: items.map((user) => userObject(workspace, user)), cache_ts: workspace.nowSeconds(), response_metadata };
    },
  }),
  method({
    name: 'usergroups.list',
    scopes: ['usergroups:read'],
    args: { include_count: arg.flag().optional(), include_disabled: arg.flag().optional(), include_users: arg.flag().optional() },
    run: ({ workspace }, args) => ({
      usergroups: [...workspace.usergroups.values()]
        .filter(({ disabled }) => disabled !== true || args.include_disabled === true)
        .map((group) => usergroupObject(workspace, group, args.include_users === true)),
    }),
  }),
  method({
    name: 'usergroups.users.list',
    scopes: ['usergroups:read'],
    args: { usergroup: arg.id(), include_disabled: arg.flag().optional() },
    run({ workspace }, args) {
      const group = workspace.usergroups.get(args.usergroup);
      if (group === undefined || (group.disabled === true && args.include_disabled !== true)) throw new SlackError('no_such_subteam');
      return { users: group.users };
    },
  }),
  method({
    name: 'usergroups.users.update',
    scopes: ['usergroups:write'],
    args: { usergroup: arg.id(), users: arg.list(), include_count: arg.flag().optional() },
    run(context, args) {
      const { workspace } = context;
      const group = workspace.usergroups.get(args.usergroup);
      if (group === undefined) throw new SlackError('no_such_subteam');
      if (args.users.length === 0) throw new SlackError('no_users_provided');
      const known = args.users.map((user) => workspace.users.get(user));
      if (known.some((user) => user === undefined || user.deleted)) throw new SlackError('invalid_users');
      group.users = [...args.users];
      // This one method leaves the count out.
      const { user_count: _count, ...usergroup } = usergroupObject(workspace, group, true);
      return { usergroup };
    },
  }),
  method({
    name: 'team.info',
    scopes: ['team:read'],
    args: { team: arg.id().optional(), domain: arg.text().optional() },
    run({ workspace }, args) {
      const { team } = workspace.seed;
      if (args.team !== undefined && args.team !== team.id) throw new SlackError('team_not_found');
      return { team: { ...team, url: `https://${team.domain}.slack.com/`, email_domain: '', icon: {} } };
    },
  }),
  method({
    name: 'auth.test',
    run({ workspace }) {
      const { bot, team } = workspace.seed;
      return {
        url: `https://${team.domain}.slack.com/`,
        team: team.name,
        user: bot.name.toLowerCase(),
        team_id: team.org_install === true ? team.enterprise_id : team.id,
        ...(team.enterprise_id === undefined ? {} : { enterprise_id: team.enterprise_id }),
        user_id: bot.userId,
        bot_id: bot.botId,
        is_enterprise_install: team.org_install === true,
      };
    },
  }),
  method({
    name: 'apps.connections.open',
    token: 'app',
    run: (context) => ({ url: context.openConnection() }),
  }),
];
