import { CONFIGURATION } from './configuration.ts';

const DRIFT = `name: Guardrail Drift

on:
  schedule:
    - cron: '15 * * * *'
  workflow_dispatch:
  push:
    branches: [master, main]
    paths:
      - 02-qbusiness/guardrails/**
      - .github/workflows/guardrail-drift.yml

jobs:
  drift:
    runs-on: ubuntu-latest
    timeout-minutes: 15
    permissions:
      id-token: write
      contents: read
    env:
      APP_ID: \${{ secrets.QB_APP_ID }}
      AUDIT_BUCKET: \${{ secrets.QB_EXPORT_BUCKET }}
    steps:
      - uses: actions/checkout@v4
      - run: scripts/guardrail-drift.sh
`;

const LINT = `name: Guardrail Lint

on:
  pull_request:
    paths:
      - 02-qbusiness/guardrails/**
      - .github/workflows/guardrail-lint.yml
  push:
    branches: [master, main]
    paths:
      - 02-qbusiness/guardrails/**
      - .github/workflows/guardrail-lint.yml
  workflow_dispatch:

jobs:
  lint:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: scripts/guardrail-lint.sh
`;

const NO_SYNC = `name: No-Sync Daily

on:
  schedule:
    - cron: '0 4 * * *'

jobs:
  check:
    runs-on: ubuntu-latest
    env:
      APP_ID: \${{ secrets.QB_APP_ID }}
      INDEX_ID: \${{ secrets.QB_INDEX_ID }}
      DS_ID: \${{ secrets.QB_DS_ID }}
      AUDIT_BUCKET: \${{ secrets.QB_EXPORT_BUCKET }}
      ALERT_SNS_TOPIC_ARN: \${{ secrets.ALERT_SNS_TOPIC_ARN }}
    steps:
      - uses: actions/checkout@v4
      - run: scripts/no-sync.sh
`;

/** Workflows have no owner: the gap that a review of CODEOWNERS finds. */
const CODEOWNERS = `# Who reviews what
* @VaultSovereign/sovereign-ops
/02-qbusiness/guardrails/ @VaultSovereign/security
`;

const OPERATIONS = `# Operations Runbook

## Incident log

### 2025-09-30 Connector credentials rotated

- **Impact:** none
- **Remediation:** role policy renewed, sync confirmed
`;

const README = `# vmq-oracle

The knowledge base of VaultMesh on Amazon Q Business: its guardrails, its data sources and the workflows that watch both.
`;

/** The files of VaultSovereign/vmq-oracle by path. */
export const FILES: Readonly<Record<string, string>> = {
  ...CONFIGURATION,
  '.github/workflows/guardrail-drift.yml': DRIFT,
  '.github/workflows/guardrail-lint.yml': LINT,
  '.github/workflows/no-sync-daily.yml': NO_SYNC,
  CODEOWNERS,
  'OPERATIONS-RUNBOOK.md': OPERATIONS,
  'README.md': README,
};
