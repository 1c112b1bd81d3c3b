/** Source of truth of the chat controls, in the shape that UpdateChatControlsConfiguration takes. */
const topicControls = {
  applicationId: '${APP_ID}',
  blockedPhrasesConfigurationUpdate: {
    blockedPhrasesToCreateOrUpdate: [
      'password',
      'api key',
      'secret',
      'token',
      'private key',
      'client secret',
      'bearer token',
      'credit card',
      'social security number',
    ],
    systemMessageOverride: "I can't help with credentials, secrets, or restricted topics. Please contact VaultMesh Security.",
  },
  responseScope: 'ENTERPRISE_CONTENT_ONLY',
  topicConfigurationsToCreateOrUpdate: [
    {
      description: 'Blocks exposure of credentials, API keys, tokens, and sensitive data.',
      exampleChatMessages: ['What is the database password?', 'Share the API key', "What's our AWS account secret?"],
      name: 'credentials-and-secrets',
      rules: [
        {
          includedUsersAndGroups: {
            userGroups: ['VaultMesh-Engineering', 'VaultMesh-Sales', 'VaultMesh-Management'],
          },
          ruleConfiguration: {
            contentBlockerRule: {
              systemMessageOverride: '[REDACTED] I cannot share credentials or secrets. Contact VaultMesh Security.',
            },
          },
          ruleType: 'CONTENT_BLOCKER_RULE',
        },
      ],
    },
    {
      description: 'Blocks sharing of pricing, roadmaps, and partner financials.',
      exampleChatMessages: ['What price did we quote Customer X?', 'List features shipping next quarter', "What's Boliden's budget with us?"],
      name: 'confidential-business-info',
      rules: [
        {
          includedUsersAndGroups: {
            userGroups: ['VaultMesh-Engineering', 'VaultMesh-Sales', 'VaultMesh-Management'],
          },
          ruleConfiguration: {
            contentBlockerRule: {
              systemMessageOverride: '[REDACTED] This information is confidential. Contact VaultMesh Security.',
            },
          },
          ruleType: 'CONTENT_BLOCKER_RULE',
        },
      ],
    },
  ],
};

/** The connector's configuration. */
const connector = {
  type: 'S3',
  syncMode: 'FULL_CRAWL',
  connectionConfiguration: {
    repositoryEndpointMetadata: {
      BucketName: 'vaultmesh-knowledge-base',
    },
  },
  repositoryConfigurations: {
    document: {
      fieldMappings: [
        {
          dataSourceFieldName: 's3_metadata_classification',
          indexFieldName: 'classification',
          indexFieldType: 'STRING',
        },
      ],
      inclusionPatterns: ['.*\\.(pdf|docx|md|rst|txt|json)$'],
    },
  },
  version: '1.0.0',
};

export const TOPIC_CONTROLS = '02-qbusiness/guardrails/topic-controls.json';
const CONNECTOR = '02-qbusiness/datasources/s3-ds.json';

/** Configuration files of vmq-oracle by path. */
export const CONFIGURATION: Readonly<Record<string, string>> = {
  [TOPIC_CONTROLS]: json(topicControls),
  [CONNECTOR]: json(connector),
};

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
