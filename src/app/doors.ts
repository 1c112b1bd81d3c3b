import type { Intake } from './alerts.ts';
import type { Closing } from './closing.ts';
import type { Receiving } from './receiving.ts';

/** Opens what payloads come in by: webhooks, Kafka, and Slack last. Returns the ports; `null` for what has none. */
export async function openDoors(
  intake: Intake,
  slack: Receiving['slack'],
  closing: Closing,
): Promise<{ readonly slackPort: number | null; readonly intakePort: number | null }> {
  const webhooks = await intake.listen();
  closing.add(async () => webhooks?.close());
  intake.kafka?.start();
  closing.add(async () => intake.kafka?.stop());
  await slack.start();
  closing.add(() => slack.stop());
  return { slackPort: slack.port(), intakePort: webhooks?.port ?? null };
}
