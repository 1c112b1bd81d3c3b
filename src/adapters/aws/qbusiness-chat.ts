import type { UpdateChatControlsConfigurationRequest } from '@aws-sdk/client-qbusiness';
import type { Json } from '../../domain/record.ts';
import type { ChatControlsUpdate, QBusiness } from '../../ports/qbusiness.ts';
import { toJson } from './json.ts';
import type { Link } from './link.ts';
import { applicationArn } from './qbusiness-names.ts';

/** Most that one answer of GetChatControlsConfiguration may hold (botocore's service model). */
const TOPICS_A_PAGE = 50;

/** What an application of Amazon Q Business may say, and what it answers. */
export function chatOf(link: Link): Pick<QBusiness, 'chatControls' | 'updateChatControls' | 'ask'> {
  return {
    async chatControls(application) {
      const { client, sdk } = await link.clients.qbusiness();
      const asked = { permission: 'qbusiness:GetChatControlsConfiguration', resource: applicationArn(link, application) };
      return link.ask(asked, async ({ abortSignal }) => {
        const pages: Json[] = [];
        let nextToken: string | undefined;
        do {
          const input = { applicationId: application, maxResults: TOPICS_A_PAGE, ...(nextToken === undefined ? {} : { nextToken }) };
          const page = await client.send(new sdk.GetChatControlsConfigurationCommand(input), { abortSignal });
          nextToken = page.nextToken;
          pages.push(toJson({ ...page, $metadata: undefined, nextToken: undefined }));
        } while (nextToken !== undefined);
        return pages.reduce(joinPages);
      });
    },

    async updateChatControls(application, update, token) {
      const { client, sdk } = await link.clients.qbusiness();
      const asked = { permission: 'qbusiness:UpdateChatControlsConfiguration', resource: applicationArn(link, application), writing: true };
      const input = { ...apiUpdate(update), applicationId: application, clientToken: token };
      await link.ask(asked, (options) => client.send(new sdk.UpdateChatControlsConfigurationCommand(input), options));
    },

    async ask(application, question, token) {
      const { client, sdk } = await link.clients.qbusiness();
      const asked = { permission: 'qbusiness:ChatSync', resource: applicationArn(link, application) };
      const input = { applicationId: application, userMessage: question, clientToken: token };
      const answer = await link.ask(asked, (options) => client.send(new sdk.ChatSyncCommand(input), options));
      return {
        text: answer.systemMessage ?? '',
        sources: (answer.sourceAttributions ?? []).flatMap((one) =>
          one === null ? [] : [{ title: one.title ?? '', url: one.url ?? '', document: one.documentId ?? '' }],
        ),
      };
    },
  };
}

/** Further pages carry further topics; everything else is the same on each. */
function joinPages(first: Json, next: Json): Json {
  const [a, b] = [first as Readonly<Record<string, Json>>, next as Readonly<Record<string, Json>>];
  const topics = [a['topicConfigurations'], b['topicConfigurations']].flatMap((list) => (Array.isArray(list) ? (list as Json[]) : []));
  return { ...b, ...a, ...(topics.length === 0 ? {} : { topicConfigurations: topics }) };
}

/** The same with the SDK's types: its arrays are not readonly, and its enumerations are narrower than what a file may say. */
function apiUpdate(update: ChatControlsUpdate): Omit<UpdateChatControlsConfigurationRequest, 'applicationId'> {
  return structuredClone<unknown>(update) as Omit<UpdateChatControlsConfigurationRequest, 'applicationId'>;
}
