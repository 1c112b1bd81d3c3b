import type { Migration } from './index.ts';

/** The last good copy of each rota that is kept elsewhere, by the rota's id. */
export const rotaLists: Migration = {
  name: 'rota-lists',
  statements: ['create table rota_list (rota text primary key, body text not null, mac text not null)'],
};
