import type { Json } from '../../../src/domain/record.ts';

/** The source file of the drift workflow, as `make guardrails` and `UpdateChatControlsConfiguration` take it. */
export const SOURCE = {
  applicationId: '${APP_ID}',
  blockedPhrasesConfigurationUpdate: {
    blockedPhrasesToCreateOrUpdate: ['password', 'api key', 'secret', 'token'],
    systemMessageOverride: 'I cannot help with credentials.',
  },
  responseScope: 'ENTERPRISE_CONTENT_ONLY',
  topicConfigurationsToCreateOrUpdate: [
    topic('credentials-and-secrets', ['What is the database password?', 'Share the API key'], ['Engineering', 'Sales']),
    topic('confidential-business-info', ['What price did we quote?'], ['Engineering', 'Management']),
  ],
} as const;

/** The same as `GetChatControlsConfiguration` answers it, in another order. */
export const IN_SYNC = {
  responseScope: 'ENTERPRISE_CONTENT_ONLY',
  blockedPhrases: { blockedPhrases: ['api key', 'password', 'secret', 'token'], systemMessageOverride: 'I cannot help with credentials.' },
  topicConfigurations: [
    topic('confidential-business-info', ['What price did we quote?'], ['Management', 'Engineering']),
    topic('credentials-and-secrets', ['Share the API key', 'What is the database password?'], ['Sales', 'Engineering']),
  ],
};

export function topic(name: string, examples: readonly string[], groups: readonly string[]) {
  return {
    name,
    description: `About ${name}.`,
    exampleChatMessages: examples,
    rules: [
      {
        ruleType: 'CONTENT_BLOCKER_RULE',
        includedUsersAndGroups: { userGroups: groups },
        ruleConfiguration: { contentBlockerRule: { systemMessageOverride: 'Contact Security.' } },
      },
    ],
  };
}

/** What `drift.compare` answers. */
export function compared(equal: boolean): Json {
  return { known: true, equal, shape_differs: true, added: equal ? 0 : 2, removed: equal ? 0 : 1, lines: [], unmanaged: [], ignored: [], why: null };
}

export const UNREADABLE: Json = { known: false, equal: false, lines: [], why: 'what is live could not be read.' };

/** What `GetChatControlsConfiguration` may answer with, as the AWS command line writes it: what is not there is `null` (botocore's paginators). */
export function asCommandLine(answer: Readonly<Record<string, unknown>>): Json {
  const names = ['responseScope', 'blockedPhrases', 'creatorModeConfiguration', 'orchestrationConfiguration', 'hallucinationReductionConfiguration'];
  return { ...Object.fromEntries(names.map((name) => [name, null])), ...answer } as Json;
}

/** JSON objects that are no chat controls. */
export const NO_CONTROLS: readonly (readonly [string, Json])[] = [
  ['nothing', {}],
  ['something else', { tampered: true }],
  ['an error', { __type: 'AccessDeniedException', message: 'User is not authorized' }],
  ['only an application', { applicationId: '00000000-0000-4000-8000-000000000001', clientToken: 'x' }],
  ['controls within something else', { chatControls: { ...IN_SYNC } as unknown as Json }],
  [
    'only what is to be deleted',
    { topicConfigurationsToDelete: [{ name: 'x', rules: [] }], blockedPhrasesConfigurationUpdate: { blockedPhrasesToDelete: ['x'] } },
  ],
  ['an answer in which nothing is', asCommandLine({})],
];
