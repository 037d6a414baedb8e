import type { Bytes, Message, Topic, Unsubscribe } from '../backend.ts';
import { glob } from './glob.ts';

/** Publish and subscribe within this process. */
export type Channels = ReturnType<typeof createChannels>;

export function createChannels() {
  const subscriptions = new Set<{ topic: Topic; deliver: (channel: Bytes, payload: Bytes) => boolean }>();

  return {
    /** Returns how many subscriptions received the message. */
    publish: (channel: Bytes, payload: Bytes): number =>
      [...subscriptions].filter(({ deliver }) => deliver(channel, payload)).length,
    async subscribe(topic: Topic, onMessage: (message: Message) => void): Promise<Unsubscribe> {
      const { kind, name } = topic;
      const matcher = kind === 'pattern' ? glob(name) : undefined;
      const deliver = (channel: Bytes, payload: Bytes) => {
        if (matcher ? !matcher(channel) : channel !== name) return false;
        onMessage(matcher ? { channel, payload, pattern: name } : { channel, payload });
        return true;
      };
      const subscription = { topic, deliver };
      subscriptions.add(subscription);
      return async () => void subscriptions.delete(subscription);
    },
    clear: (): void => subscriptions.clear(),
  };
}
