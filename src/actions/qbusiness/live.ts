import { UserError } from '../../domain/errors.ts';
import type { Json } from '../../domain/record.ts';
import type { ActionContext } from '../../ports/action.ts';
import { type Controls, liveControls, parseControls } from './controls.ts';

/** The chat controls of an application as they are now, as they came and in one shape. @throws AwsError, UserError `controls-shape` */
export async function readLive(context: ActionContext, target: string): Promise<{ readonly raw: Json; readonly controls: Controls }> {
  const { application, region } = context.target(target, 'application');
  const raw = await context.aws(region).qbusiness.chatControls(application);
  const parsed = parseControls(raw);
  if (!parsed.ok) throw new UserError('controls-shape', `The chat controls of ${application} cannot be read: ${parsed.why}.`);
  return { raw, controls: liveControls(parsed.controls) };
}
