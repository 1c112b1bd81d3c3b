import type { Action } from '../../ports/action.ts';
import { githubAppendFile } from './append-file.ts';
import { githubBranchProtection } from './branch-protection.ts';
import { githubCodeOwners } from './code-owners.ts';
import { githubFile } from './file.ts';
import { githubFileChanges } from './file-changes.ts';
import { githubHead } from './head.ts';
import { githubLastCommit } from './last-commit.ts';
import { githubMendCodeOwners } from './mend-code-owners.ts';
import { githubOpenPullRequest } from './open-pull-request.ts';
import { githubProposeRules } from './propose-rules.ts';
import { githubProtectBranch } from './protect-branch.ts';
import { githubPullRequest } from './pull-request.ts';
import { githubRerunWorkflow } from './rerun-workflow.ts';
import { githubRevertCommit } from './revert-commit.ts';
import { githubSecrets } from './secrets.ts';
import { githubWorkflowRun } from './workflow-run.ts';

/** Actions on repositories of GitHub. */
export const GITHUB_ACTIONS: readonly Action[] = [
  githubWorkflowRun,
  githubHead,
  githubFile,
  githubFileChanges,
  githubLastCommit,
  githubCodeOwners,
  githubBranchProtection,
  githubPullRequest,
  githubSecrets,
  githubRerunWorkflow,
  githubOpenPullRequest,
  githubMendCodeOwners,
  githubRevertCommit,
  githubAppendFile,
  githubProposeRules,
  githubProtectBranch,
];
