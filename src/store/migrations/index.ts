import { initial } from './0001-initial.ts';
import { snapshots } from './0002-snapshots.ts';
import { seals } from './0003-seals.ts';
import { shownDigest } from './0004-shown-digest.ts';
import { told } from './0005-told.ts';
import { atRest } from './0006-at-rest.ts';
import { rotaLists } from './0007-rota-lists.ts';
import { retention } from './0008-retention.ts';

/** A step forward of the database's schema. There is no way back: a release that needs one migrates forward again. */
export interface Migration {
  readonly name: string;
  readonly statements: readonly string[];
}

/** In order; a migration's number is its place, from 1. Never change one that was released. */
export const migrations: readonly Migration[] = [initial, snapshots, seals, shownDigest, told, atRest, rotaLists, retention];
