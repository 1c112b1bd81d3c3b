#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// What was compiled once is not compiled again: half of the time to load. Where there is no place to keep it, nothing is kept.
enableCompileCache();
const { runCli } = await import('./cli/run.ts');

process.exitCode = await runCli(process.argv.slice(2));
