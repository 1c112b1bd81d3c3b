/** Runs the page with the fake app until stopped: `node test/browser/look.ts [port]`. */
import { startSlackSimulator } from '../../simulators/slack/index.ts';
import { fakePlatforms } from '../../simulators/test/slack/fake-platforms.ts';
import { demoSeed, fakeApp } from './fake-app.ts';

const simulator = await startSlackSimulator({ seed: demoSeed, platforms: fakePlatforms(), port: Number(process.argv[2] ?? 0) });
await fakeApp({ apiUrl: simulator.apiUrl, now: () => simulator.clock.now() }).start();
process.stdout.write(`${simulator.url}\n`);
