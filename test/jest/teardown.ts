import { rm } from 'node:fs/promises';

/** Takes away what template.ts made. */
export default async function tearDown(): Promise<void> {
  const folder = process.env['TOCSIN_TEST_TEMPLATE'];
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}
