import { h } from './dom.js';
import { state } from './store.js';

const colours = ['#4a6fa5', '#b3541e', '#2f7d5b', '#8a3f8f', '#a23b52', '#3c6e71', '#6b5b95', '#946b2d', '#3a7ca5', '#557a46'];

export function userName(id) {
  const user = state.users.get(id);
  return user ? user.real_name : id;
}

/** By the order of people, so that neighbours differ. */
function colour(id) {
  return colours[Math.max([...state.users.keys()].indexOf(id), 0) % colours.length];
}

function initials(name) {
  const words = name.split(/\s+/).filter(Boolean);
  return ((words[0]?.[0] ?? '') + (words.length > 1 ? words.at(-1)[0] : '')).toUpperCase();
}

/** A person's initials on their colour; the app's own picture. */
export function avatar(id, size = '') {
  if (id === state.bot.userId) return h('span', { class: `avatar ${size}`, 'aria-hidden': 'true' }, h('img', { src: 'icon.svg', alt: '' }));
  const style = { background: colour(id) };
  return h('span', { class: `avatar ${size}`, style, 'aria-hidden': 'true' }, initials(userName(id)));
}

/** Who a conversation is with, or its name. */
export function channelName(channel) {
  if (channel.kind === 'im') {
    const other = channel.members.find((id) => id !== state.me) ?? state.me;
    return userName(other);
  }
  if (channel.kind === 'mpim')
    return channel.members
      .filter((id) => id !== state.me)
      .map(userName)
      .join(', ');
  return channel.name;
}

/** `#incidents`, or a person's name. */
export function channelLabel(channel) {
  return channel.kind === 'public' || channel.kind === 'private' ? `#${channel.name}` : channelName(channel);
}

/** What a person is in the workspace: title, guest, other company. */
export function userRole(user) {
  const kind = user.team_id !== state.team.id ? 'external' : user.is_ultra_restricted || user.is_restricted ? 'guest' : user.is_admin ? 'admin' : '';
  return [user.title, kind].filter(Boolean).join(' · ');
}

export function groupsOf(id) {
  return [...state.usergroups.values()].filter((group) => group.users.includes(id));
}

export function mayActWith(channel) {
  return channel.members.includes(state.me) && !channel.archived;
}
