import { bookmarkMethods } from './bookmarks.ts';
import { canvasMethods } from './canvases.ts';
import { channelAdminMethods } from './channel-admin.ts';
import { chatMethods } from './chat.ts';
import { conversationMethods } from './conversations.ts';
import { fileMethods } from './files.ts';
import type { Method } from './method.ts';
import { peopleMethods } from './people.ts';
import { pinMethods } from './pins.ts';
import { reactionMethods } from './reactions.ts';
import { scheduledMethods } from './scheduled.ts';
import { viewMethods } from './views.ts';

/** Every Web API method the simulator knows, by name. */
export const methods: ReadonlyMap<string, Method> = new Map(
  [
    ...chatMethods,
    ...scheduledMethods,
    ...conversationMethods,
    ...channelAdminMethods,
    ...bookmarkMethods,
    ...canvasMethods,
    ...pinMethods,
    ...reactionMethods,
    ...peopleMethods,
    ...fileMethods,
    ...viewMethods,
  ].map((declared) => [declared.name, declared]),
);
