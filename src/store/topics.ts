/** No queue has more workers than this in one process. */
const MOST_WAKES = 8;

const PREFIX = 'queue:';

/** What is published when a queue has a job. */
export function topicOf(queue: string): string {
  return `${PREFIX}${queue}`;
}

/** The queue that a topic is about, also one of several jobs; `null` where it is about none. */
export function queueOf(topic: string): string | null {
  return topic.startsWith(PREFIX) ? (topic.slice(PREFIX.length).split('#')[0] ?? null) : null;
}

/** One more job of those that are told of together: a topic for each that can be worked on at once, since equal topics are published once. */
export function announce(topics: Set<string>, queue: string): void {
  for (let i = 0; i < MOST_WAKES; i += 1) {
    const topic = i === 0 ? topicOf(queue) : `${topicOf(queue)}#${i}`;
    if (topics.has(topic)) continue;
    topics.add(topic);
    return;
  }
}
