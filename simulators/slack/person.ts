import type { ElementMatcher, FieldInput } from './form.ts';
import type { Json } from './state.ts';

/** What became of what a person did. */
export interface Outcome {
  /**
   * `ok`: the app acknowledged in time (or nobody had to). `refused`: Slack itself does not let the person do it.
   * `cancelled`: the person said no to the confirmation. `errors`: the form has errors, by Slack or by the app.
   * `timeout`, `not_connected`, `failed`: the app did not answer, and the person reads `error`.
   * `invalid_answer`: the app answered what Slack does not take.
   */
  status: 'ok' | 'refused' | 'cancelled' | 'errors' | 'timeout' | 'not_connected' | 'failed' | 'invalid_answer';
  /** What the person reads when it did not work. */
  error?: string;
  /** Text under fields, by block id. */
  errors?: Record<string, string>;
  /** The body of the app's acknowledgement. */
  ack?: Json;
  /** Of what was posted. */
  ts?: string;
  /** Of the conversation that was opened. */
  channel?: string;
  /** What was sent to the app; `again(id)` sends it once more. */
  delivery?: string;
  /** Options for a menu that asks the app. */
  options?: Json[];
}

/** Where an element is: in a message (shown to all or to the person only), or in a modal or Home tab. */
export type Surface = { channel: string; ts: string } | { view: string };

/** Values of a form, by block id or action id. */
type FormInput = Record<string, FieldInput>;

/** What a person can do, with the arguments as they travel over HTTP. Channels by id, `#name` or name. */
export interface PersonActions {
  command: { channel: string; command: string; text?: string | undefined; thread_ts?: string | undefined };
  message: { channel: string; text: string; thread_ts?: string | undefined };
  react: { channel: string; ts: string; name: string };
  unreact: { channel: string; ts: string; name: string };
  pin: { channel: string; ts: string };
  unpin: { channel: string; ts: string };
  dismiss: { channel: string; ts: string };
  click: { surface: Surface; element: ElementMatcher; input?: FieldInput | undefined; confirm?: boolean | undefined };
  suggest: { surface: Surface; element: ElementMatcher; query: string };
  fillView: { view: string; values: FormInput };
  submitView: { view: string; values?: FormInput | undefined };
  closeView: { view: string; all?: boolean | undefined };
  shortcut: { callback_id: string; on?: { channel: string; ts: string } | undefined };
  openHome: Record<string, never>;
  openDirect: { users?: string[] | undefined };
  join: { channel: string };
  leave: { channel: string };
}

/** Carries out one action of one person: in this process, or over HTTP. */
export type Perform = <Name extends keyof PersonActions>(name: Name, args: PersonActions[Name]) => Promise<Outcome>;

/** A person in front of Slack. Actions resolve when Slack would show the result of the acknowledgement. */
export interface Person {
  readonly id: string;
  /** Types a slash command: `command('#incidents', '/incident declare API down')`, or its text apart. */
  command(channel: string, command: string, text?: string, options?: { thread_ts?: string }): Promise<Outcome>;
  message(channel: string, text: string, thread_ts?: string): Promise<Outcome>;
  react(channel: string, ts: string, name: string): Promise<Outcome>;
  unreact(channel: string, ts: string, name: string): Promise<Outcome>;
  pin(channel: string, ts: string): Promise<Outcome>;
  unpin(channel: string, ts: string): Promise<Outcome>;
  /** Hides a message that only this person sees. */
  dismiss(channel: string, ts: string): Promise<Outcome>;
  /**
   * Clicks a button, or chooses `input` in a menu or picker. `confirm: false` says no to a confirmation dialog, which is
   * otherwise confirmed. Throws when there is no such element or option.
   */
  click(channel: string, ts: string, element: ElementMatcher, options?: { input?: FieldInput; confirm?: boolean }): Promise<Outcome>;
  /** The same in a modal or the Home tab. */
  clickInView(view: string, element: ElementMatcher, options?: { input?: FieldInput; confirm?: boolean }): Promise<Outcome>;
  /** Asks the app for the options of an external select. */
  suggest(surface: Surface, element: ElementMatcher, query: string): Promise<Outcome>;
  fillView(view: string, values: FormInput): Promise<Outcome>;
  /** Fills in and submits. `errors` in the outcome are by Slack (required, lengths) or by the app. */
  submitView(view: string, values?: FormInput): Promise<Outcome>;
  closeView(view: string, options?: { all?: boolean }): Promise<Outcome>;
  /** A global shortcut, or one on a message. */
  shortcut(callbackId: string, on?: { channel: string; ts: string }): Promise<Outcome>;
  openHome(): Promise<Outcome>;
  /** Opens a direct message, with the app unless others are named; `channel` in the outcome. */
  openDirect(users?: string[]): Promise<Outcome>;
  join(channel: string): Promise<Outcome>;
  leave(channel: string): Promise<Outcome>;
}

/** The convenient face of `perform`. */
export function person(id: string, perform: Perform): Person {
  return {
    id,
    command: (channel, command, text, options) => perform('command', { channel, command, text, ...options }),
    message: (channel, text, thread_ts) => perform('message', { channel, text, thread_ts }),
    react: (channel, ts, name) => perform('react', { channel, ts, name }),
    unreact: (channel, ts, name) => perform('unreact', { channel, ts, name }),
    pin: (channel, ts) => perform('pin', { channel, ts }),
    unpin: (channel, ts) => perform('unpin', { channel, ts }),
    dismiss: (channel, ts) => perform('dismiss', { channel, ts }),
    click: (channel, ts, element, options) => perform('click', { surface: { channel, ts }, element, ...options }),
    clickInView: (view, element, options) => perform('click', { surface: { view }, element, ...options }),
    suggest: (surface, element, query) => perform('suggest', { surface, element, query }),
    fillView: (view, values) => perform('fillView', { view, values }),
    submitView: (view, values) => perform('submitView', { view, values }),
    closeView: (view, options) => perform('closeView', { view, ...options }),
    shortcut: (callback_id, on) => perform('shortcut', { callback_id, on }),
    openHome: () => perform('openHome', {}),
    openDirect: (users) => perform('openDirect', { users }),
    join: (channel) => perform('join', { channel }),
    leave: (channel) => perform('leave', { channel }),
  };
}
