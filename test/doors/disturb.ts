import { EventEmitter } from 'node:events';

// Loaded into the bot before anything else: at a signal, things fail that nobody handles.
process.on('SIGUSR2', () => {
  void Promise.reject(new Error('a promise that nobody awaits', { cause: new Error('the cause of it') }));
  setImmediate(() => {
    throw new Error('thrown where nobody catches');
  });
  setImmediate(() => new EventEmitter().emit('error', new Error('an error that nobody listens for')));
});
