import { WebClient } from '@slack/web-api';
import type { Config } from '../../config/load.ts';
import { saySurvey, surveyService } from '../../engine/reach/survey.ts';
import { patientOptions } from '../../slack/client.ts';
import { homeOf } from '../../slack/home.ts';
import { createPeople } from '../../slack/people.ts';
import { createSurveyor } from '../../slack/workspace.ts';
import { onCallByFile, rotasById } from '../rotas.ts';
import { linesOf } from '../services.ts';
import { bad, type Check, good, look, warning } from './check.ts';

const ADVICE = 'Change the line in tocsin.yml, or the groups in Slack: docs/how-to/set-up-approvals.md.';

/** Whom a P0 of each service would reach tonight by these rotas, whom not and why, and every line that could not act. Says nothing where there is no token. */
export async function checkReach({ environment, file }: Config, rotas = Promise.resolve(rotasById(file))): Promise<readonly Check[]> {
  if (environment.SLACK_BOT_TOKEN === undefined) return [];
  const client = new WebClient(environment.SLACK_BOT_TOKEN, patientOptions(environment.SLACK_API_URL));
  const home = await homeOf(client, file).catch(() => null);
  // What is wrong with the token is said once, by the check of Slack.
  if (home === null) return [];
  const known = await rotas;
  const surveyor = createSurveyor(client, createPeople(client, home, {}, onCallByFile(known, Date.now)));
  const checks: Check[] = [];
  for (const service of linesOf(file, known)) {
    const name = `Reach of ${service.id}`;
    checks.push(
      ...(await look(name, 'Try again: Slack could not be asked about everybody.', async () => {
        const survey = await surveyService(surveyor, service);
        const says = saySurvey(survey, ({ user, name: called }) => `${called} (${user})`).join(' ');
        if (survey.reached.length === 0 || survey.idle.length > 0) return [bad(name, says, ADVICE)];
        return [survey.unreached.length > 0 ? warning(name, says, ADVICE) : good(name, says)];
      })),
    );
  }
  return checks;
}
